import type { AnswerSettings } from '@cevvo/sdk';
import { useState } from 'preact/hooks';
import { Loaded, Page } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { explain } from '../../lib/failure.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import { Backups } from './backups.tsx';
import { Budgets, Certainty, Synonyms, TakingOver, Topics, Voice } from './answers.tsx';
import { type Draft, draftOf, updateOf } from './draft.ts';
import { KeepConversations } from './retention.tsx';
import '../../styles/settings.css';

/** How the workspace answers. */
export default function Settings() {
  const { client, presence } = useSession();
  const settings = useQuery('settings/answers', (signal) => client.settings.answers({ signal }));
  return (
    <Page title="Settings" lede="How this workspace answers. A change holds at once.">
      <Loaded query={settings}>
        {(stored) => <Form key={stored.updated_at} stored={stored} />}
      </Loaded>
      <KeepConversations />
      {presence?.rights.includes('workspaces') && <Backups />}
    </Page>
  );
}

function Form({ stored }: { stored: AnswerSettings }) {
  const { client } = useSession();
  const [draft, setDraft] = useState(() => draftOf(stored));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
  const changed = JSON.stringify(draft) !== JSON.stringify(draftOf(stored));
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await client.settings.updateAnswers(updateOf(draft));
      invalidate('settings');
      toast('Saved');
    } catch (error) {
      setProblem(explain(error).detail);
    }
    setBusy(false);
  };
  return (
    <form class="settings" onSubmit={save}>
      <Voice draft={draft} change={change} />
      <Certainty draft={draft} change={change} />
      <Topics draft={draft} change={change} />
      <TakingOver draft={draft} change={change} />
      <Synonyms draft={draft} change={change} />
      <Budgets draft={draft} change={change} />
      <div class="settings-foot">
        {problem && (
          <p class="form-error" role="alert">
            {problem}
          </p>
        )}
        <span class="small quiet">
          {stored.updated_at ? (
            <>
              Changed <Time at={stored.updated_at} />
            </>
          ) : (
            'As it ships'
          )}
        </span>
        <button
          type="button"
          class="button"
          disabled={!changed || busy}
          onClick={() => setDraft(draftOf(stored))}
        >
          Discard
        </button>
        <button type="submit" class="button primary" disabled={!changed || busy}>
          {busy ? 'Saving…' : 'Save'}
        </button>
      </div>
    </form>
  );
}
