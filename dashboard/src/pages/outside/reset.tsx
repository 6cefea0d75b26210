import { useState } from 'preact/hooks';
import { change } from '../../lib/account.ts';
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

export default function ResetPassword(props: OutsideProps) {
  const token = tokenInAddress();
  return token ? <Choose token={token} {...props} /> : <Ask />;
}

function Ask() {
  const [email, setEmail] = useState('');
  const [asked, setAsked] = useState(false);
  const { busy, problem, submit } = useSubmission(async () => {
    await change(connect(null), 'POST', '/password-resets', { email });
    setAsked(true);
  }, null);
  if (asked) {
    return (
      <Frame
        title="Look into your mail"
        lede="If there is an account with this address, a link is on its way. It works for an hour."
      >
        <a class="button" href="/">
          Back
        </a>
      </Frame>
    );
  }
  return (
    <Frame title="A new password" lede="We send a link to your address.">
      <form class="form" onSubmit={submit}>
        <Field
          label="E-mail"
          type="email"
          value={email}
          onInput={setEmail}
          autocomplete="username"
          focus
        />
        <FormProblem>{problem}</FormProblem>
        <button type="submit" class="button primary" disabled={busy}>
          Send the link
        </button>
      </form>
    </Frame>
  );
}

function Choose({ token, onEnter }: OutsideProps & { token: string }) {
  const [password, setPassword] = useState('');
  const { busy, problem, submit } = useSubmission(async () => {
    await change(connect(null), 'POST', '/password-resets/complete', { token, password });
    onEnter(null, 'Your password is changed. Sign in with it.');
    navigate('/', { replace: true });
  }, null);
  return (
    <Frame title="A new password" lede="All sessions of your account end.">
      <form class="form" onSubmit={submit}>
        <Field
          label="New password"
          type="password"
          value={password}
          onInput={setPassword}
          autocomplete="new-password"
          hint={PASSWORD_HINT}
          focus
        />
        <FormProblem>{problem}</FormProblem>
        <button type="submit" class="button primary" disabled={busy}>
          {busy ? 'Changing…' : 'Change it'}
        </button>
      </form>
    </Frame>
  );
}
