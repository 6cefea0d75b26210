import { type MessageReplay, NotFoundError, type Trace } from '@cevvo/sdk';
import { useState } from 'preact/hooks';
import { explain } from '../lib/failure.ts';
import { count, percent } from '../lib/format.ts';
import { useQuery } from '../lib/query.ts';
import { useSession } from '../lib/session.ts';
import '../styles/why.css';
import { Loaded } from './page.tsx';

/** How an answer came about, and what the same question would be answered now. */
export default function Why({ messageId }: { messageId: string }) {
  const { client } = useSession();
  const found = useQuery(`messages/${messageId}/trace`, (signal) =>
    client.messages.trace(messageId, { signal }),
  );
  if (found.error instanceof NotFoundError) {
    return (
      <section class="why-answer" aria-label="Why this answer">
        <p class="quiet">
          Nothing was searched for here, or the answer is from before this was kept.
        </p>
      </section>
    );
  }
  return (
    <section class="why-answer" aria-label="Why this answer">
      <Loaded query={found} lines={4}>
        {({ standalone, trace }) => (
          <>
            <Facts standalone={standalone} trace={trace} />
            <Candidates trace={trace} />
            <Again messageId={messageId} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Facts({ standalone, trace }: { standalone: string; trace: Trace }) {
  const { timings } = trace;
  const steps = (
    [
      ['understanding', timings.understand_ms],
      ['search', timings.search_ms],
      ['answer', timings.answer_ms],
    ] as const
  ).filter(([, took]) => took !== null);
  return (
    <dl class="why-facts">
      <dt>Searched for</dt>
      <dd dir="auto">
        {trace.searched_for}
        {trace.searched_for !== standalone && <span class="quiet"> (from “{standalone}”)</span>}
      </dd>
      {trace.answerable !== null && trace.right !== null && (
        <>
          <dt>Decision</dt>
          <dd>
            {percent(trace.answerable)} that the passages answer it, {percent(trace.least_answerable)}{' '}
            needed; {percent(trace.right)} that the answer is right
            {trace.least_confidence > 0 && <>, {percent(trace.least_confidence)} needed</>}
          </dd>
        </>
      )}
      <dt>Time</dt>
      <dd class="number">
        {count(timings.total_ms)} ms
        {steps.length > 0 &&
          ` (${steps.map(([step, took]) => `${step} ${count(took ?? 0)}`).join(', ')})`}
      </dd>
      <dt>Answered by</dt>
      <dd>
        {trace.model}
        {trace.cached && ', given again'}
        {trace.prompt_hash && (
          <>
            , prompt <code>{trace.prompt_hash.slice(0, 12)}</code>
          </>
        )}
      </dd>
    </dl>
  );
}

function Candidates({ trace }: { trace: Trace }) {
  if (trace.candidates.length === 0) return <p>No passage was found.</p>;
  return (
    <div class="why-table" tabIndex={0}>
      <table>
        <caption class="visually-hidden">Passages, by their place in each ranking</caption>
        <thead>
          <tr>
            <th scope="col">Passage</th>
            <th scope="col">Words</th>
            <th scope="col">Meaning</th>
            <th scope="col">Both</th>
            <th scope="col">Best sentence</th>
            <th scope="col">Used</th>
          </tr>
        </thead>
        <tbody>
          {trace.candidates.map((each) => (
            <tr key={`${each.document_id} ${each.start}`}>
              <th scope="row" dir="auto">
                {each.cited && <b class="cited">cited</b>} {each.title}
                {each.heading && each.heading !== each.title && (
                  <span class="quiet"> › {each.heading}</span>
                )}
              </th>
              <td>{each.lexical_rank ?? '–'}</td>
              <td>{each.dense_rank ?? '–'}</td>
              <td>{each.fused_rank}</td>
              <td>{each.rank}</td>
              <td>{each.evidence_rank ?? 'no'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Again({ messageId }: { messageId: string }) {
  const { client } = useSession();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [replay, setReplay] = useState<MessageReplay | null>(null);
  const ask = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setReplay(await client.messages.replay(messageId));
    } catch (error) {
      setProblem(explain(error).detail);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" class="button compact" disabled={busy} onClick={ask}>
        {busy ? 'Asking…' : 'Ask again and compare'}
      </button>
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
      {replay && <Compared replay={replay} />}
    </>
  );
}

function Compared({ replay }: { replay: MessageReplay }) {
  const verdict = replay.same
    ? 'It would be answered from the same words now.'
    : replay.now.answered
      ? 'It would be answered differently now.'
      : 'It would not be answered now.';
  return (
    <div role="status">
      <p>
        <b>{verdict}</b>
      </p>
      {!replay.same && (
        <p class="why-diff" dir="auto">
          {replay.diff.map((each, place) =>
            each.change === 'same' ? (
              <span key={place}>{each.text} </span>
            ) : each.change === 'added' ? (
              <ins key={place}>{each.text} </ins>
            ) : (
              <del key={place}>{each.text} </del>
            ),
          )}
        </p>
      )}
    </div>
  );
}
