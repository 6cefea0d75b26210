import { useEffect, useState } from 'preact/hooks';
import { change, get, type Presence, type SignInOptions } from '../../lib/account.ts';
import { navigate, usePlace } from '../../lib/router.ts';
import { codeOf, connect } from '../../lib/session.ts';
import { Field, FormProblem, Frame, type OutsideProps, useSubmission } from './frame.tsx';
import { WithKey } from './with-key.tsx';

const PROBLEMS: Record<string, string> = {
  identity_provider: 'Signing in with your identity provider did not work. Try again.',
  not_invited: 'Nobody has invited you yet. Ask an owner of a workspace for an invitation.',
};

export default function SignIn({ notice, onEnter }: OutsideProps) {
  const [options, setOptions] = useState<SignInOptions>();
  const [withKey, setWithKey] = useState(false);
  const { query } = usePlace();
  const problem = PROBLEMS[query.get('problem') ?? ''] ?? notice;
  useEffect(() => {
    get<SignInOptions>(connect(null), '/session/options').then(setOptions, () => undefined);
  }, []);

  const entered = (presence: Presence) => {
    onEnter({ presence });
    if (location.pathname === '/sign-in') navigate('/', { replace: true });
  };
  const usesKey = withKey || options?.set_up === false || !isSecureContext;
  return (
    <Frame title="Answers with their evidence.">
      {usesKey ? (
        <WithKey notice={problem} onKey={(key) => onEnter({ key })} />
      ) : (
        <WithPassword notice={problem} onEntered={entered} />
      )}
      {options?.identity_provider && !usesKey && (
        <a class="button" href="/api/v1/session/oidc">
          Continue with {options.identity_provider}
        </a>
      )}
      <section>
        {!isSecureContext && (
          <p class="quiet">
            This page came over plain http, and browsers keep no session then. Reach it over https,
            or on the server’s own machine.
          </p>
        )}
        {options?.set_up === false && (
          <p class="quiet">
            Nobody owns this server yet. Open the set-up link that it printed when it started, or
            make another one: <code>cevvo people setup-link</code>
          </p>
        )}
        {options?.set_up && isSecureContext && (
          <p class="small">
            {!usesKey && options.reset_by_mail && (
              <>
                <a class="plain" href="/reset">
                  Forgot your password?
                </a>
                {' · '}
              </>
            )}
            <button type="button" class="link" onClick={() => setWithKey(!withKey)}>
              {withKey ? 'Sign in with a password' : 'Use an API key instead'}
            </button>
          </p>
        )}
      </section>
    </Frame>
  );
}

interface WithPasswordProps {
  notice: string | null;
  onEntered: (presence: Presence) => void;
}

function WithPassword({ notice, onEntered }: WithPasswordProps) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [asksCode, setAsksCode] = useState(false);
  const { busy, problem, submit } = useSubmission(async () => {
    const body = { email, password, ...(asksCode ? { code } : {}) };
    try {
      onEntered(await change<Presence>(connect(null), 'POST', '/session', body));
    } catch (error) {
      setCode('');
      if (codeOf(error) !== 'second_factor_needed') throw error;
      setAsksCode(true);
    }
  }, notice);
  return (
    <form class="form" onSubmit={submit}>
      {asksCode ? (
        <Field
          key="code"
          label="Code"
          value={code}
          onInput={setCode}
          autocomplete="one-time-code"
          hint="Of your authenticator app, or one of your recovery codes."
          focus
        />
      ) : (
        <>
          <Field
            label="E-mail"
            type="email"
            value={email}
            onInput={setEmail}
            autocomplete="username"
          />
          <Field
            label="Password"
            type="password"
            value={password}
            onInput={setPassword}
            autocomplete="current-password"
          />
        </>
      )}
      <FormProblem>{problem}</FormProblem>
      <button type="submit" class="button primary" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </button>
    </form>
  );
}
