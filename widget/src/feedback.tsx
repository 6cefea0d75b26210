import type { Rating } from '@cevvo/sdk';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import type { Texts } from './look.ts';
import type { Thread, Turn } from './thread.ts';

interface FeedbackProps {
  texts: Texts;
  thread: Thread;
  turn: Turn;
}

/** Whether an answer helped; where it did not, why. */
export function Feedback({ texts, thread, turn }: FeedbackProps) {
  const [asking, setAsking] = useState(false);
  const [failed, setFailed] = useState(false);
  const [comment, setComment] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (asking) field.current?.focus();
  }, [asking]);
  const rate = async (rating: Rating, words: string | null) => {
    const done = await thread.rate(turn, rating, words);
    setFailed(!done);
    return done;
  };
  const choices = [
    ['positive', 'up', texts.yes],
    ['negative', 'down', texts.no],
  ] as const;
  return (
    <div class="feedback">
      <div class="row">
        <span>{turn.rating && !asking ? texts.thanks : texts.helpful}</span>
        {choices.map(([rating, icon, label]) => (
          <button
            key={rating}
            type="button"
            class="icon"
            aria-label={label}
            title={label}
            aria-pressed={turn.rating === rating}
            onClick={() => {
              setAsking(rating === 'negative');
              void rate(rating, null);
            }}
          >
            <Icon name={icon} size={16} />
          </button>
        ))}
      </div>
      {asking && (
        <form
          onSubmit={async (event) => {
            event.preventDefault();
            if (await rate('negative', comment.trim() || null)) setAsking(false);
          }}
        >
          <textarea
            ref={field}
            rows={2}
            maxLength={2000}
            dir="auto"
            aria-label={texts.why}
            placeholder={texts.why}
            value={comment}
            onInput={(event) => setComment(event.currentTarget.value)}
          />
          <div class="row end">
            <button type="button" class="small" onClick={() => setAsking(false)}>
              {texts.skip}
            </button>
            <button type="submit" class="small primary">
              {texts.send}
            </button>
          </div>
        </form>
      )}
      {failed && (
        <p class="problem" role="alert">
          {texts.failed}
        </p>
      )}
    </div>
  );
}
