import type { GapAnswer, GapConversation, GapDetail } from '@cevvo/sdk';
import { Time } from '../../components/time.tsx';
import { percent } from '../../lib/format.ts';

/** Every question as it was asked: what was said then, and what is said now. */
export function Asked({ gap }: { gap: GapDetail }) {
  return (
    <section>
      <h2>Who asked</h2>
      {gap.checked_at && (
        <p class="quiet">
          Asked again <Time at={gap.checked_at} />, after your sources had changed.
        </p>
      )}
      <ul class="asked">
        {gap.conversations.map((each) => (
          <Conversation key={each.message_id} asked={each} />
        ))}
      </ul>
    </section>
  );
}

function Conversation({ asked }: { asked: GapConversation }) {
  return (
    <li>
      <p class="asked-head">
        <a href={`/conversations/${asked.thread_id}`} dir="auto">
          {asked.question}
        </a>{' '}
        <span class="small quiet">
          <Time at={asked.asked_at} />
        </span>
      </p>
      <div class="then-now">
        <Answer label="Then" answer={asked.before} />
        {asked.after && <Answer label="Now" answer={asked.after} />}
      </div>
    </li>
  );
}

/** What was said, and what it rests on. */
export function Answer({ label, answer }: { label: string; answer: GapAnswer }) {
  return (
    <div class={answer.answered ? 'said answered' : 'said'}>
      <p class="small">
        <b>{label}</b>
        <span class="quiet">
          {' '}
          {answer.answered ? 'answered' : 'not answered'}
          {answer.confidence !== null && ` · ${percent(answer.confidence)} confident`}
        </span>
      </p>
      <p dir="auto" class="said-text">
        {answer.answer}
      </p>
      {answer.citations.map((citation) => (
        <p key={citation.quote} class="small quiet" dir="auto">
          {citation.url ? <a href={citation.url}>{citation.title || 'Source'}</a> : citation.title}
          {citation.title && ': '}“{citation.quote}”
        </p>
      ))}
    </div>
  );
}
