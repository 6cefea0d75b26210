import { type GapDetail, JobError } from '@cevvo/sdk';
import { useState } from 'preact/hooks';
import { explain } from '../../lib/failure.ts';
import { useSession } from '../../lib/session.ts';

interface WriteProps {
  gap: GapDetail;
  /** An answer was written, and the questions have not been asked again yet. */
  waiting: boolean;
  onWritten: () => void;
  /** The text could not be taken in: nothing will be asked again because of it. */
  onRefused: () => void;
}

export function Write({ gap, waiting, onWritten, onRefused }: WriteProps) {
  const { client } = useSession();
  const draft = `cevvo.gap-draft.${gap.id}`;
  const [title, setTitle] = useState(gap.answer_document?.title ?? gap.question.slice(0, 200));
  const [content, setContent] = useState(() => sessionStorage.getItem(draft) ?? '');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const write = (text: string) => {
    setContent(text);
    sessionStorage.setItem(draft, text);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const text = { title: title.trim(), content };
      const { job_id } = await client.analytics.answerCoverageGap(gap.id, text);
      onWritten();
      await client.ingest.wait(job_id);
      sessionStorage.removeItem(draft);
    } catch (error) {
      if (error instanceof JobError) {
        onRefused();
        setProblem(`The text could not be taken in: ${error.message}`);
      } else {
        setProblem(explain(error).detail);
      }
    } finally {
      setBusy(false);
    }
  };
  const unanswered = gap.conversations.filter(({ after }) => after && !after.answered).length;
  return (
    <section>
      <h2>Write the answer</h2>
      <form class="form" onSubmit={submit}>
        <label class="field">
          <span>Title</span>
          <input
            class="input"
            required
            maxLength={200}
            dir="auto"
            value={title}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>Text</span>
          <textarea
            class="input"
            rows={9}
            required
            dir="auto"
            placeholder="Plain text or Markdown. Answers quote it word for word."
            value={content}
            onInput={(event) => write(event.currentTarget.value)}
          />
        </label>
        {problem && (
          <p class="form-error" role="alert">
            {problem}
          </p>
        )}
        <div class="form-foot">
          {gap.outline && gap.outline.sections.length > 0 && content.trim() === '' && (
            <button
              type="button"
              class="button"
              onClick={() => write(gap.outline?.markdown ?? '')}
            >
              Start from an outline
            </button>
          )}
          <button
            type="submit"
            class="button primary"
            disabled={busy || waiting || !title.trim() || !content.trim()}
          >
            {busy || waiting ? 'Asking again…' : 'Save and ask again'}
          </button>
        </div>
      </form>
      <p class="small quiet" role="status">
        {waiting
          ? 'The text is being taken in; then the questions are asked again.'
          : gap.answer_document && unanswered > 0
            ? `“${gap.answer_document.title}” was written for it, and it is not answered yet: see below.`
            : 'It goes into the source “Written answers”. The gap closes when its questions find their answer.'}
      </p>
    </section>
  );
}
