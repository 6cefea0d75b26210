import type { Rating } from '@cevvo/sdk';
import { useRef, useState } from 'preact/hooks';
import { explain } from '../lib/failure.ts';
import { invalidate } from '../lib/query.ts';
import { useSession } from '../lib/session.ts';
import type { Turn } from '../lib/turns.ts';
import { Icon } from './icons.tsx';
import { toast } from './toast.tsx';

/** Thumbs up or down; down asks, without pressing, what was wrong. */
export function Rate({ turn, messageId }: { turn: Turn; messageId: string }) {
  const { client } = useSession();
  const [rating, setRating] = useState(turn.rating);
  const [comment, setComment] = useState(turn.comment ?? '');
  const [asking, setAsking] = useState(false);
  const last = useRef<Promise<unknown>>(Promise.resolve());

  const send = async (next: Rating, words: string | null) => {
    const before = rating;
    setRating(next);
    // One after the other: what is sent last is to stand, and it may have been written quickly.
    const sent = last.current.then(() =>
      client.feedback({ message_id: messageId, rating: next, comment: words }),
    );
    last.current = sent.catch(() => undefined);
    try {
      await sent;
      invalidate('analytics');
      return true;
    } catch (error) {
      setRating(before);
      toast(explain(error).title);
      return false;
    }
  };
  const rate = async (next: Rating) => {
    setAsking(next === 'negative');
    await send(next, null);
  };
  const explainWhy = async (event: Event) => {
    event.preventDefault();
    if (await send('negative', comment.trim() || null)) {
      setAsking(false);
      toast('Thank you, noted');
    }
  };

  return (
    <>
      {(['positive', 'negative'] as const).map((choice) => (
        <button
          key={choice}
          type="button"
          class="button ghost icon compact"
          aria-pressed={rating === choice}
          aria-label={choice === 'positive' ? 'Good answer' : 'Bad answer'}
          title={choice === 'positive' ? 'Good answer' : 'Bad answer'}
          onClick={() => rate(choice)}
        >
          <Icon name={choice === 'positive' ? 'up' : 'down'} />
        </button>
      ))}
      {asking && (
        <form class="why" onSubmit={explainWhy}>
          <input
            class="input"
            aria-label="What was wrong?"
            placeholder="What was wrong? (optional)"
            maxLength={2000}
            value={comment}
            onInput={(event) => setComment(event.currentTarget.value)}
          />
          <button type="submit" class="button compact">
            Send
          </button>
        </form>
      )}
    </>
  );
}
