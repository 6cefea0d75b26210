import { useState } from 'preact/hooks';
import { Confirm } from '../../components/dialog.tsx';
import { Loaded } from '../../components/page.tsx';
import { toast } from '../../components/toast.tsx';
import { plural } from '../../lib/format.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import { Group } from '../../components/group.tsx';

/** How long conversations are kept. A shorter time deletes, and is asked for. */
export function KeepConversations() {
  const { client } = useSession();
  const retention = useQuery('settings/retention', (signal) =>
    client.settings.retention({ signal }),
  );
  return (
    <Group
      title="How long conversations are kept"
      hint="Counted from their last message. Figures stay; the words go."
    >
      <Loaded query={retention} lines={1}>
        {({ conversation_days }) => <Days key={conversation_days} stored={conversation_days} />}
      </Loaded>
    </Group>
  );
}

function Days({ stored }: { stored: number | null }) {
  const { client } = useSession();
  const [typed, setTyped] = useState(String(stored ?? ''));
  const [asking, setAsking] = useState(false);
  const days = typed.trim() ? Number(typed) : null;
  const shorter = days !== null && (stored === null || days < stored);
  const save = async () => {
    await client.settings.updateRetention({ conversation_days: days });
    invalidate('settings/retention');
    toast('Saved');
  };
  return (
    <form
      class="days"
      onSubmit={(event) => {
        event.preventDefault();
        setAsking(true);
      }}
    >
      <label class="field">
        <span>Days</span>
        <input
          class="input short"
          type="number"
          min={1}
          placeholder="until deleted"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button" disabled={days === stored}>
        Change
      </button>
      {asking && (
        <Confirm
          title="Change how long conversations are kept?"
          deed={shorter ? 'Delete what is older' : 'Keep them'}
          doing="Saving…"
          onConfirm={save}
          onClose={() => setAsking(false)}
        >
          {shorter
            ? `Conversations whose last message is more than ${plural(days, 'day')} old are deleted within the hour, and so on from then. This cannot be undone.`
            : days === null
              ? 'They are kept until somebody deletes them.'
              : `They are kept for ${plural(days, 'day')}.`}
        </Confirm>
      )}
    </form>
  );
}
