import { useState } from 'preact/hooks';
import { Icon } from '../../components/icons.tsx';
import { Empty, Page } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { change, get, type Invitation, type Listed } from '../../lib/account.ts';
import { explain } from '../../lib/failure.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import { Invite } from './invite.tsx';
import { Members } from './members.tsx';
import { WorkspaceSection } from './workspace.tsx';
import '../../styles/people.css';

export default function People() {
  const { presence } = useSession();
  const [inviting, setInviting] = useState(false);
  if (!presence?.rights.includes('people')) {
    return (
      <Page title="People">
        <Empty title="This is for owners and admins">
          Sign in as one of them to see who belongs to this workspace.
        </Empty>
      </Page>
    );
  }
  const invite = (
    <button type="button" class="button primary" onClick={() => setInviting(true)}>
      <Icon name="plus" /> Invite
    </button>
  );
  return (
    <Page title="People" lede={`Who belongs to ${presence.workspace.name}.`} actions={invite}>
      <div class="stack">
        <Members presence={presence} />
        <Invitations />
        <WorkspaceSection presence={presence} />
      </div>
      {inviting && <Invite presence={presence} onClose={() => setInviting(false)} />}
    </Page>
  );
}

function Invitations() {
  const { client } = useSession();
  const invitations = useQuery('invitations', (signal) =>
    get<Listed<Invitation>>(client, '/invitations', { per_page: 100 }, signal),
  );
  const withdraw = async ({ id, email }: Invitation) => {
    try {
      await change(client, 'DELETE', `/invitations/${id}`);
      toast(`The invitation of ${email} is void`);
    } catch (error) {
      toast(explain(error).detail);
    }
    invalidate('invitations');
  };
  if (!invitations.data?.data.length) return null;
  return (
    <section aria-label="Open invitations">
      <div class="section-head">
        <h2>Open invitations</h2>
      </div>
      <ul class="rows">
        {invitations.data.data.map((invitation) => (
          <li key={invitation.id} class="person-row">
            <div>
              <span>{invitation.email}</span>
              <span class="small quiet">
                as {invitation.role}, until <Time at={invitation.expires_at} as="date" />
              </span>
            </div>
            <button type="button" class="button compact" onClick={() => withdraw(invitation)}>
              Withdraw
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
