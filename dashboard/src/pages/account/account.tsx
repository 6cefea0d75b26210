import { useState } from 'preact/hooks';
import { Group } from '../../components/group.tsx';
import { Page } from '../../components/page.tsx';
import { toast } from '../../components/toast.tsx';
import { change, type Presence } from '../../lib/account.ts';
import { useSession } from '../../lib/session.ts';
import { Field, FormProblem, PASSWORD_HINT, useSubmission } from '../outside/frame.tsx';
import { SecondFactor } from './second-factor.tsx';
import { Sessions } from './sessions.tsx';
import '../../styles/people.css';

export default function Account() {
  const { presence } = useSession();
  if (!presence) {
    return (
      <Page title="Your account" lede="You are signed in with an API key, which has no account.">
        {null}
      </Page>
    );
  }
  return (
    <Page title="Your account" lede={presence.person.email}>
      <Name presence={presence} />
      <PasswordForm presence={presence} />
      <SecondFactor presence={presence} />
      <Sessions />
    </Page>
  );
}

function Name({ presence }: { presence: Presence }) {
  const { client, enter } = useSession();
  const [name, setName] = useState(presence.person.name);
  const { busy, problem, submit } = useSubmission(async () => {
    enter(await change<Presence>(client, 'PUT', '/account', { name }));
    toast('Name changed');
  }, null);
  return (
    <Group title="Name" hint="What the others see, here and in the audit log.">
      <form class="form" onSubmit={submit}>
        <Field label="Your name" value={name} onInput={setName} autocomplete="name" />
        <FormProblem>{problem}</FormProblem>
        <div>
          <button
            type="submit"
            class="button"
            disabled={busy || name.trim() === presence.person.name}
          >
            Change name
          </button>
        </div>
      </form>
    </Group>
  );
}

function PasswordForm({ presence }: { presence: Presence }) {
  const { client, enter } = useSession();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const { has_password } = presence.person;
  const { busy, problem, submit } = useSubmission(async () => {
    const body = { password, ...(has_password ? { current_password: current } : {}) };
    const next = await change<Presence>(client, 'PUT', '/account/password', body);
    setCurrent('');
    setPassword('');
    enter(next);
    toast('Password changed; other sessions have ended');
  }, null);
  return (
    <Group title="Password" hint="When it changes, all other sessions of yours end.">
      <form class="form" onSubmit={submit}>
        {has_password && (
          <Field
            label="Present password"
            type="password"
            value={current}
            onInput={setCurrent}
            autocomplete="current-password"
          />
        )}
        <Field
          label="New password"
          type="password"
          value={password}
          onInput={setPassword}
          autocomplete="new-password"
          hint={PASSWORD_HINT}
        />
        <FormProblem>{problem}</FormProblem>
        <div>
          <button type="submit" class="button" disabled={busy || !password}>
            {has_password ? 'Change password' : 'Set password'}
          </button>
        </div>
      </form>
    </Group>
  );
}
