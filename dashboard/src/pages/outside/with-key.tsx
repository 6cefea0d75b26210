import { useState } from 'preact/hooks';
import { copy } from '../../components/toast.tsx';
import { connect } from '../../lib/session.ts';
import { FormProblem, useSubmission } from './frame.tsx';

const COMMAND = 'cevvo keys create --name dashboard';

/** Signing in with an API key, for who has no account. */
export function WithKey({
  notice,
  onKey,
}: {
  notice: string | null;
  onKey: (key: string) => void;
}) {
  const [key, setKey] = useState('');
  const { busy, problem, submit } = useSubmission(async () => {
    await connect(key.trim()).sources.list({ per_page: 1 });
    onKey(key.trim());
  }, notice);
  return (
    <>
      <form class="form" onSubmit={submit}>
        <label class="field">
          <span>API key</span>
          <input
            class="input"
            type="password"
            name="key"
            autocomplete="off"
            spellcheck={false}
            placeholder="cevvo_sk_…"
            required
            value={key}
            aria-invalid={problem !== null}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <FormProblem>{problem}</FormProblem>
        <button type="submit" class="button primary" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <section>
        <p class="quiet">
          The key stays in this tab and is forgotten when you close it. To make one on the machine
          that Cevvo runs on:
        </p>
        <div class="command">
          <code>{COMMAND}</code>
          <button
            type="button"
            class="button ghost compact"
            onClick={() => copy(COMMAND, 'The command')}
          >
            Copy
          </button>
        </div>
      </section>
    </>
  );
}
