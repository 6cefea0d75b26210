import { useState } from 'preact/hooks';
import { change, type Presence } from '../../lib/account.ts';
import { navigate } from '../../lib/router.ts';
import { connect } from '../../lib/session.ts';
import {
  Field,
  FormProblem,
  Frame,
  type OutsideProps,
  PASSWORD_HINT,
  tokenInAddress,
  useSubmission,
} from './frame.tsx';

/** The first page of a new server: who opens it by the link becomes its owner. */
export default function SetUp({ onEnter }: OutsideProps) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { busy, problem, submit } = useSubmission(async () => {
    const body = { token: tokenInAddress(), name, email, password };
    const presence = await change<Presence>(connect(null), 'POST', '/setup', body);
    onEnter({ presence });
    navigate('/', { replace: true });
  }, null);
  return (
    <Frame
      title="Make it yours"
      lede="Your account owns this server. You sign in with it, and invite others."
    >
      <form class="form" onSubmit={submit}>
        <Field label="Your name" value={name} onInput={setName} autocomplete="name" focus />
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
          autocomplete="new-password"
          hint={PASSWORD_HINT}
        />
        <FormProblem>{problem}</FormProblem>
        <button type="submit" class="button primary" disabled={busy}>
          {busy ? 'Setting up…' : 'Set up'}
        </button>
      </form>
    </Frame>
  );
}
