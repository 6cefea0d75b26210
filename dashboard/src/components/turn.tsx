import type { Handover } from '@cevvo/sdk';
import { duration, percent } from '../lib/format.ts';
import { useMay } from '../lib/session.ts';
import { isGap, type Turn } from '../lib/turns.ts';
import { useState } from 'preact/hooks';
import { Answer } from './answer.tsx';
import type { CopyRequestProps } from './copy-request.tsx';
import { lazily } from './lazily.tsx';
import { Problem } from './page.tsx';
import { Rate } from './rate.tsx';
import { Time } from './time.tsx';

const CopyRequest = lazily<CopyRequestProps>(() => import('./copy-request.tsx'), <></>);

const Why = lazily<{ messageId: string }>(() => import('./why.tsx'), <p>Loading</p>);

export interface TurnViewProps {
  turn: Turn;
  /** Asks the same question again; offered where the answer did not come through. */
  again?: () => void;
}

/** A question, its answer, how it came about, and what the reader can do with it. */
export function TurnView({ turn, again }: TurnViewProps) {
  return (
    <article class={isGap(turn) ? 'turn unknown' : 'turn'} aria-label={turn.question}>
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
          {turn.handover && <Takeover reason={turn.handover.reason} />}
          {isGap(turn) && <Unanswered turn={turn} />}
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

const TAKEOVER: Record<Handover['reason'], string> = {
  customer_request: 'A person was asked for.',
  missing_knowledge: 'A person should take over: the sources do not say.',
  policy: 'A person should take over: this topic is not to be answered.',
};

function Takeover({ reason }: Handover) {
  return <p class="turn-note">{TAKEOVER[reason]}</p>;
}

function Unanswered({ turn }: { turn: Turn }) {
  const mayAdd = useMay('ingest');
  const title = encodeURIComponent(turn.question);
  return (
    <div class="gap-note">
      {turn.test ? (
        <p>
          Asked by a customer, this becomes a <a href="/gaps">coverage gap</a> if it is about your
          documents. Add the missing text, and they get an answer.
        </p>
      ) : (
        <p>
          Recorded as a <a href="/gaps">coverage gap</a> if it is about your documents. Add the
          missing text, and the next person gets an answer.
        </p>
      )}
      {mayAdd && (
        <div class="actions">
          <a class="button compact" href={`/sources?add=text&title=${title}`}>
            Write the answer
          </a>
          <a class="button compact" href="/sources?add=website">
            Add a source
          </a>
        </div>
      )}
    </div>
  );
}

function Colophon({ turn }: { turn: Turn }) {
  const [why, setWhy] = useState(false);
  const facts = [
    turn.model,
    turn.milliseconds === null ? null : duration(turn.milliseconds).join(' '),
    turn.confidence === null || !turn.answered ? null : `${percent(turn.confidence)} confident`,
    turn.cached ? 'given again' : null,
  ].filter((fact) => fact !== null);
  return (
    <footer class="colophon">
      {turn.degraded && (
        <p class="degraded">
          The language model was not available. The server’s log says why (model_failed,
          model_unusable).
        </p>
      )}
      {!turn.saved && (
        <p class="degraded">
          The server’s disk is full: this answer is shown, but not kept in any conversation.
        </p>
      )}
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
        {turn.messageId && (
          <button
            type="button"
            class="button ghost compact"
            aria-expanded={why}
            onClick={() => setWhy(!why)}
          >
            Why
          </button>
        )}
        <CopyRequest question={turn.question} />
      </div>
      {why && turn.messageId && <Why messageId={turn.messageId} />}
    </footer>
  );
}
