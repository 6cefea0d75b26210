import { NotFoundError } from '@cevvo/sdk';
import { useMemo, useState } from 'preact/hooks';
import { Confirm } from '../components/dialog.tsx';
import { Icon } from '../components/icons.tsx';
import { Absent, Loaded, Page } from '../components/page.tsx';
import { Time } from '../components/time.tsx';
import { toast } from '../components/toast.tsx';
import { TurnView } from '../components/turn.tsx';
import { invalidate, useQuery } from '../lib/query.ts';
import { navigate } from '../lib/router.ts';
import { useMay, useSession } from '../lib/session.ts';
import { turnsOf } from '../lib/turns.ts';

const UP = { href: '/conversations', label: 'Conversations' };

export default function ConversationPage({ id }: { id: string }) {
  const { client } = useSession();
  const mayDelete = useMay('admin');
  const [deleting, setDeleting] = useState(false);
  const conversation = useQuery(`conversations/${id}`, (signal) =>
    client.conversations.get(id, { signal }),
  );
  const turns = useMemo(
    () => (conversation.data ? turnsOf(conversation.data) : []),
    [conversation.data],
  );
  const escalation = conversation.data?.escalation;
  if (conversation.error instanceof NotFoundError) {
    return <Absent what="conversation" up={UP} />;
  }
  const remove = async () => {
    await client.conversations.delete(id);
    toast('The conversation was deleted');
    navigate('/conversations', { replace: true });
    invalidate('conversations?');
  };
  const actions = (
    <>
      <a class="button" href={`/ask/${id}`}>
        Continue
      </a>
      {mayDelete && (
        <button type="button" class="button ghost" onClick={() => setDeleting(true)}>
          <Icon name="trash" /> Delete
        </button>
      )}
    </>
  );
  return (
    <Page title={conversation.data?.title ?? 'Conversation'} titleHidden up={UP} actions={actions}>
      <Loaded query={conversation}>
        {() => (
          <>
            <div class="turns">
              {turns.map((turn) => (
                <div key={turn.key} class="turn-slot">
                  <TurnView turn={turn} />
                </div>
              ))}
            </div>
            {escalation && (
              <p class="turn-note">
                A person was asked for <Time at={escalation.escalated_at} />: “
                <bdi>{escalation.reason}</bdi>”
              </p>
            )}
          </>
        )}
      </Loaded>
      {deleting && (
        <Confirm
          title="Delete this conversation?"
          deed="Delete conversation"
          onConfirm={remove}
          onClose={() => setDeleting(false)}
        >
          Every word of “{conversation.data?.title}” will be removed; only counters without names or
          texts stay in the analytics. This cannot be undone.
        </Confirm>
      )}
    </Page>
  );
}
