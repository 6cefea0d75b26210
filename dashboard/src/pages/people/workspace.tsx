import { useState } from 'preact/hooks';
import { Group } from '../../components/group.tsx';
import { Confirm, Dialog } from '../../components/dialog.tsx';
import { toast } from '../../components/toast.tsx';
import { change, get, type Presence, type Workspace } from '../../lib/account.ts';
import { navigate } from '../../lib/router.ts';
import { useSession } from '../../lib/session.ts';
import { Field, FormProblem, useSubmission } from '../outside/frame.tsx';

/** Renaming this workspace, making another one, and deleting this one. */
export function WorkspaceSection({ presence }: { presence: Presence }) {
  const { client, enter, signOut } = useSession();
  const [making, setMaking] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [name, setName] = useState(presence.workspace.name);
  const { id } = presence.workspace;
  const rename = useSubmission(async () => {
    await change(client, 'PUT', `/workspaces/${id}`, { name });
    enter(await get<Presence>(client, '/session'));
    toast('Workspace renamed');
  }, null);
  const remove = async () => {
    await change(client, 'DELETE', `/workspaces/${id}`);
    toast('Workspace deleted');
    signOut(); // the session went with the workspace
  };
  return (
    <Group
      title="Workspace"
      hint={
        presence.workspaces.length === 1
          ? 'The only one that you are in: it can be deleted once you are in another.'
          : undefined
      }
    >
      <form class="form" onSubmit={rename.submit}>
        <Field label="Name" value={name} onInput={setName} autocomplete="off" />
        <FormProblem>{rename.problem}</FormProblem>
        <div class="actions">
          <button
            type="submit"
            class="button"
            disabled={rename.busy || name.trim() === presence.workspace.name}
          >
            Rename
          </button>
          {presence.rights.includes('workspaces') && (
            <>
              <button type="button" class="button" onClick={() => setMaking(true)}>
                New workspace
              </button>
              <button
                type="button"
                class="button"
                disabled={presence.workspaces.length === 1}
                onClick={() => setDeleting(true)}
              >
                Delete this workspace
              </button>
            </>
          )}
        </div>
      </form>
      {making && <NewWorkspace onClose={() => setMaking(false)} />}
      {deleting && (
        <Confirm
          title="Delete this workspace?"
          name={presence.workspace.name}
          deed="Delete workspace"
          onConfirm={remove}
          onClose={() => setDeleting(false)}
        >
          Everything in it goes: sources, documents, conversations, figures, API keys, members. It
          cannot be brought back. You are signed out, and sign in to another workspace.
        </Confirm>
      )}
    </Group>
  );
}

function NewWorkspace({ onClose }: { onClose: () => void }) {
  const { client, enter } = useSession();
  const [name, setName] = useState('');
  const { busy, problem, submit } = useSubmission(async () => {
    const made = await change<Workspace>(client, 'POST', '/workspaces', { name });
    enter(await change<Presence>(client, 'PUT', '/session', { workspace_id: made.id }));
    navigate('/');
  }, null);
  return (
    <Dialog title="New workspace" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p class="quiet">
          With sources, conversations, keys and people of its own, apart from all others.
        </p>
        <Field label="Name" value={name} onInput={setName} autocomplete="off" focus />
        <FormProblem>{problem}</FormProblem>
        <div class="form-foot">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={busy}>
            {busy ? 'Making…' : 'Make it'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
