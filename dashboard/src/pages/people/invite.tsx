import { useState } from 'preact/hooks';
import { Dialog } from '../../components/dialog.tsx';
import { copy } from '../../components/toast.tsx';
import { change, type Presence, type Role } from '../../lib/account.ts';
import { invalidate } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import { Field, FormProblem, useSubmission } from '../outside/frame.tsx';
import { rolesOf } from './roles.ts';

interface Made {
  email: string;
  url: string;
  mailed: boolean;
}

interface InviteProps {
  presence: Presence;
  onClose: () => void;
}

export function Invite({ presence, onClose }: InviteProps) {
  const { client } = useSession();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('editor');
  const [made, setMade] = useState<Made | null>(null);
  const { busy, problem, submit } = useSubmission(async () => {
    setMade(await change<Made>(client, 'POST', '/invitations', { email, role }));
    invalidate('invitations');
  }, null);
  if (made) return <Invited made={made} onClose={onClose} />;
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <Field
          label="E-mail"
          type="email"
          value={email}
          onInput={setEmail}
          autocomplete="off"
          focus
        />
        <label class="field">
          <span>Role</span>
          <select
            class="input"
            value={role}
            onChange={(event) => setRole(event.currentTarget.value as Role)}
          >
            {rolesOf(presence).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <FormProblem>{problem}</FormProblem>
        <div class="form-foot">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={busy}>
            {busy ? 'Inviting…' : 'Invite'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Invited({ made, onClose }: { made: Made; onClose: () => void }) {
  return (
    <Dialog title="Invited" onClose={onClose}>
      <div class="form">
        <p class="quiet">
          {made.mailed
            ? `The link is on its way to ${made.email}. You can hand it over as well:`
            : `Hand this link over to ${made.email}:`}
        </p>
        <div class="command">
          <code>{made.url}</code>
          <button
            type="button"
            class="button ghost compact"
            onClick={() => copy(made.url, 'The link')}
          >
            Copy
          </button>
        </div>
        <p class="small quiet">It works once, within seven days, and is shown this once.</p>
        <div class="form-foot">
          <button type="button" class="button primary" onClick={onClose}>
            Done
          </button>
        </div>
      </div>
    </Dialog>
  );
}
