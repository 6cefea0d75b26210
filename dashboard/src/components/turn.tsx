import { duration, percent } from '../lib/format.ts';
import type { Turn } from '../lib/turns.ts';
import { Answer } from './answer.tsx';
import { Problem } from './page.tsx';
import { Rate } from './rate.tsx';
import { Time } from './time.tsx';
import { copy } from './toast.tsx';
import { Icon } from './icons.tsx';

interface TurnProps {
  turn: Turn;
  /** Asks the same question again; offered where the answer did not come through. */
  again?: () => void;
}

/** A question, its answer, how it came about, and what the reader can do with it. */
export function TurnView({ turn, again }: TurnProps) {
  const unknown = turn.state === 'done' && turn.answered === false;
  return (
    <article class={unknown ? 'turn unknown' : 'turn'} aria-label={turn.question}>
      <h2 class="question" dir="auto">
        {turn.question}
      </h2>
      {turn.state === 'writing' && !turn.text ? (
        <p class="searching" role="status">
          Searching your sources
        </p>
      ) : (
        <Answer
          text={turn.text}
          sources={turn.sources}
          citations={turn.citations}
          state={turn.state}
        >
          {unknown && <Unanswered question={turn.question} />}
          {turn.state === 'done' && <Colophon turn={turn} />}
        </Answer>
      )}
      {turn.state === 'stopped' && (
        <p class="turn-note">
          Stopped before the end.{' '}
          {again && (
            <button type="button" class="link" onClick={again}>
              Ask again
            </button>
          )}
        </p>
      )}
      {turn.state === 'failed' && (
        <Problem
          error={turn.error}
          {...(turn.text ? { title: 'The answer broke off' } : {})}
          {...(again ? { retry: again } : {})}
        />
      )}
    </article>
  );
}

function Unanswered({ question }: { question: string }) {
  const title = encodeURIComponent(question);
  return (
    <div class="gap-note">
      <p>
        Recorded as a <a href="/gaps">coverage gap</a>. Add the missing text, and the next person
        gets an answer.
      </p>
      <div class="actions">
        <a class="button compact" href={`/sources?add=text&title=${title}`}>
          Write the answer
        </a>
        <a class="button compact" href="/sources?add=website">
          Add a source
        </a>
      </div>
    </div>
  );
}

function Colophon({ turn }: { turn: Turn }) {
  const facts = [
    turn.model,
    turn.milliseconds === null ? null : duration(turn.milliseconds).join(' '),
    turn.confidence === null || !turn.answered ? null : `${percent(turn.confidence)} confident`,
    turn.degraded ? 'the language model was not available' : null,
  ].filter((fact) => fact !== null);
  return (
    <footer class="colophon">
      <p>
        {facts.join(' · ')}
        {turn.askedAt && (
          <>
            {facts.length > 0 && ' · '}
            <Time at={turn.askedAt} />
          </>
        )}
      </p>
      <div class="actions">
        {turn.messageId && <Rate turn={turn} messageId={turn.messageId} />}
        <button
          type="button"
          class="button ghost compact"
          onClick={() => copy(asCurl(turn.question), 'The request')}
        >
          <Icon name="copy" size={16} /> curl
        </button>
      </div>
    </footer>
  );
}

/** The same question as a command; the key stays out of it. */
function asCurl(question: string): string {
  const body = JSON.stringify({ message: question }).replaceAll("'", "'\\''");
  return [
    'curl --request POST \\',
    `  --url '${location.origin}/api/v1/chat' \\`,
    '  --header "Authorization: Bearer $CEVVO_API_KEY" \\',
    "  --header 'Content-Type: application/json' \\",
    `  --data '${body}'`,
  ].join('\n');
}
