import { useState } from 'preact/hooks';
import { Heading, useTitle } from '../components/page.tsx';
import { ThemeSwitch } from '../components/shell.tsx';
import { copy } from '../components/toast.tsx';
import { explain } from '../lib/failure.ts';
import { connect, isSignedOut } from '../lib/session.ts';

const COMMAND = 'cevvo keys create --name dashboard';

interface SignInProps {
  /** Why the reader is here again. */
  notice: string | null;
  onSignIn: (key: string) => void;
}

export function SignIn({ notice, onSignIn }: SignInProps) {
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(notice);
  useTitle('Sign in');

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await connect(key.trim()).sources.list({ per_page: 1 });
      onSignIn(key.trim());
    } catch (error) {
      const { title, detail } = explain(error);
      setProblem(isSignedOut(error) ? detail : `${title}. ${detail}`);
      setBusy(false);
    }
  };
  return (
    <div class="sign-in">
      <header>
        <span class="wordmark">
          Cevvo<sup aria-hidden="true">1</sup>
        </span>
        <ThemeSwitch />
      </header>
      <main>
        <Heading>Answers with their evidence.</Heading>
        <p class="quiet">Sign in with an API key of this server.</p>
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
              aria-describedby="sign-in-problem"
              onInput={(event) => setKey(event.currentTarget.value)}
            />
          </label>
          <p id="sign-in-problem" class="form-error" role="alert">
            {problem}
          </p>
          <button type="submit" class="button primary" disabled={busy}>
            {busy ? 'Signing in…' : 'Sign in'}
          </button>
        </form>
        <section>
          <h2>No key yet?</h2>
          <p class="quiet">
            Create one on the machine that Cevvo runs on, with the server’s data directory:
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
          <p class="quiet">
            The key stays in this tab and is forgotten when you close it. The link that the command
            line prints signs you in at once.
          </p>
        </section>
      </main>
    </div>
  );
}
