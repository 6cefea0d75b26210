import { NotFoundError } from '@cevvo/sdk';
import { useEffect, useRef, useState } from 'preact/hooks';
import { lazily } from '../../components/lazily.tsx';
import { Empty, Heading, Problem, Skeleton, useTitle } from '../../components/page.tsx';
import { Icon } from '../../components/icons.tsx';
import type { TurnViewProps } from '../../components/turn.tsx';
import { useQuery } from '../../lib/query.ts';
import { navigate, usePlace } from '../../lib/router.ts';
import { useSession } from '../../lib/session.ts';
import { Composer } from './composer.tsx';
import { isToBeAskedNow } from './link.ts';
import { useThread } from './thread.ts';
import '../../styles/ask.css';

// Not needed before something was asked.
const TurnView = lazily<TurnViewProps>(
  async () => ({ default: (await import('../../components/turn.tsx')).TurnView }),
  <Skeleton lines={3} />,
);

export default function Ask({ threadId }: { threadId: string | null }) {
  const thread = useThread(threadId);
  const { query } = usePlace();
  const [askNow] = useState(() => (isToBeAskedNow() ? query.get('q') : null));
  const prefilled = askNow ? null : query.get('q');
  const { turns, writing, ask } = thread;
  const fresh = turns.length === 0 && !threadId;
  const last = useRef<HTMLDivElement>(null);
  useTitle(turns[0]?.question ?? 'Ask');

  useEffect(() => {
    if (!askNow) return;
    navigate('/ask', { replace: true });
    ask(askNow);
  }, [askNow, ask]);
  // A new question moves to the top of the screen; its answer then grows without moving it.
  useEffect(() => {
    if (turns.length > 1) last.current?.scrollIntoView({ block: 'start' });
  }, [turns.length]);

  const composer = (
    <Composer
      key={prefilled ?? threadId ?? 'new'}
      label={fresh ? 'Ask your sources anything' : 'Ask a follow-up question'}
      writing={writing}
      initial={prefilled}
      onAsk={ask}
      onStop={thread.stop}
    />
  );
  if (fresh) {
    return (
      <div class="page ask-fresh">
        <Heading>What would you like to know?</Heading>
        {composer}
        <p class="quiet small">What you ask here is a test: it counts in no figure and no gap.</p>
        <Suggestions onAsk={ask} />
      </div>
    );
  }
  return (
    <div class="page ask">
      <div class="ask-head">
        <Heading class="visually-hidden">Ask</Heading>
        <a class="button compact" href="/ask" onClick={thread.leave}>
          <Icon name="plus" size={16} /> New thread
        </a>
      </div>
      {thread.error instanceof NotFoundError ? (
        <Empty title="This conversation is not here (any more)">
          It may have been deleted, or the link belongs to another workspace.
        </Empty>
      ) : (
        thread.error !== undefined && (
          <Problem error={thread.error} retry={() => location.reload()} />
        )
      )}
      {thread.loading && <Skeleton />}
      <div class="turns" aria-live="polite">
        {turns.map((turn, at) => (
          <div key={turn.key} ref={at === turns.length - 1 ? last : null} class="turn-slot">
            <TurnView turn={turn} {...(writing ? {} : { again: () => ask(turn.question) })} />
          </div>
        ))}
      </div>
      {thread.error === undefined && <div class="composer-dock">{composer}</div>}
    </div>
  );
}

/** What people ask most, to begin with; where nothing is there to be asked about, the way there. */
function Suggestions({ onAsk }: { onAsk: (question: string) => void }) {
  const { client } = useSession();
  const sources = useQuery('sources?any', (signal) =>
    client.sources.list({ per_page: 1 }, { signal }),
  );
  const top = useQuery('analytics/top-questions?limit=4&period=30d', (signal) =>
    client.analytics.topQuestions({ limit: 4, period: '30d' }, { signal }),
  );
  if (sources.data?.meta.total === 0) {
    return (
      <p class="quiet">
        There is nothing to search yet. <a href="/sources?add=website">Add a source</a> first.
      </p>
    );
  }
  if (!top.data?.data.length) return null;
  return (
    <section class="suggestions" aria-label="Often asked">
      <h2 class="quiet small">Often asked</h2>
      <ul>
        {top.data.data.map(({ question }) => (
          <li key={question}>
            <button type="button" dir="auto" onClick={() => onAsk(question)}>
              {question}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
