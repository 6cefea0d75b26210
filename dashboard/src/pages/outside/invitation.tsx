import { useEffect, useState } from 'preact/hooks';
import { Skeleton } from '../../components/page.tsx';
import { change, type Presence, type Role } from '../../lib/account.ts';
import { explain } from '../../lib/failure.ts';
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

interface Opened {
  workspace: string;
  email: string;
  role: Role;
  has_account: boolean;
}

export default function AcceptInvitation({ onEnter }: OutsideProps) {
  const [opened, setOpened] = useState<Opened>();
  const [broken, setBroken] = useState<string>();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const token = tokenInAddress();
  useEffect(() => {
    change<Opened>(connect(null), 'POST', '/invitations/open', { token }).then(setOpened, (error) =>
      setBroken(explain(error).detail),
    );
  }, [token]);
  const { busy, problem, submit } = useSubmission(async () => {
    const body = opened?.has_account ? { token } : { token, name, password };
    const { session } = await change<{ session: Presence | null }>(
      connect(null),
      'POST',
      '/invitations/accept',
      body,
    );
    if (session) onEnter({ presence: session });
    else onEnter(null, `You now belong to ${opened?.workspace}. Sign in to go there.`);
    navigate('/', { replace: true });
  }, null);
  if (broken) {
    return (
      <Frame title="This invitation cannot be used" lede={broken}>
        <div class="form">
          <a class="button" href="/">
            Sign in
          </a>
        </div>
      </Frame>
    );
  }
  if (!opened) return <Frame title="Invitation" children={<Skeleton lines={3} />} />;
  return (
    <Frame
      title={`Join ${opened.workspace}`}
      lede={
        <>
          {opened.email} is invited as {opened.role}.
        </>
      }
    >
      <form class="form" onSubmit={submit}>
        {!opened.has_account && (
          <>
            <input type="hidden" autocomplete="username" value={opened.email} />
            <Field label="Your name" value={name} onInput={setName} autocomplete="name" focus />
            <Field
              label="Password"
              type="password"
              value={password}
              onInput={setPassword}
              autocomplete="new-password"
              hint={PASSWORD_HINT}
            />
          </>
        )}
        <FormProblem>{problem}</FormProblem>
        <button type="submit" class="button primary" disabled={busy}>
          {busy ? 'Joining…' : 'Join'}
        </button>
      </form>
    </Frame>
  );
}
