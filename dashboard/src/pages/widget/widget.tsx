import { useState } from 'preact/hooks';
import { lazily } from '../../components/lazily.tsx';
import { Loaded, Page, Skeleton } from '../../components/page.tsx';
import { toast } from '../../components/toast.tsx';
import { change, get } from '../../lib/account.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import type { WidgetSettings } from '../../lib/widget.ts';
import { FormProblem, useSubmission } from '../outside/frame.tsx';
import { AskPage, Look, Person, Words } from './fields.tsx';
import { Install } from './install.tsx';
import type { PreviewProps } from './preview.tsx';
import '../../styles/widget.css';

// The widget itself: more than all the rest of this page.
const Preview = lazily<PreviewProps>(() => import('./preview.tsx'), <Skeleton lines={8} />);

export default function Widget() {
  const { client } = useSession();
  const settings = useQuery('widget', (signal) =>
    get<WidgetSettings>(client, '/settings/widget', {}, signal),
  );
  return (
    <Page
      title="Widget"
      lede="A button on your own website, where visitors ask and get answers with their sources."
    >
      <Loaded query={settings}>{(stored) => <Editor stored={stored} />}</Loaded>
    </Page>
  );
}

function Editor({ stored }: { stored: WidgetSettings }) {
  const { client } = useSession();
  const [draft, setDraft] = useState(stored);
  const [saved, setSaved] = useState(stored);
  const [language, setLanguage] = useState(stored.language ?? 'en');
  const set = (changes: Partial<WidgetSettings>) => setDraft({ ...draft, ...changes });
  const changed = JSON.stringify(draft) !== JSON.stringify(saved);
  const { busy, problem, submit } = useSubmission(async () => {
    const { updated_at: _, ...settings } = draft;
    const suggestions = draft.suggestions.filter((each) => each.trim());
    const body = { ...settings, suggestions };
    const now = await change<WidgetSettings>(client, 'PUT', '/settings/widget', body);
    setSaved(now);
    setDraft(now);
    invalidate('widget');
    toast('Saved. Websites show it within five minutes.');
  }, null);
  const fields = { draft, set, language, setLanguage };
  return (
    <div class="widget-page">
      <div>
        <Install />
        <form class="form widget-form" onSubmit={submit}>
          <Look {...fields} />
          <Words {...fields} />
          <Person {...fields} />
          <AskPage {...fields} />
          <FormProblem>{problem}</FormProblem>
          <div class="widget-save">
            <button type="submit" class="button primary" disabled={busy || !changed}>
              {busy ? 'Saving…' : 'Save changes'}
            </button>
            {changed && (
              <button type="button" class="button" onClick={() => setDraft(saved)}>
                Discard
              </button>
            )}
          </div>
        </form>
      </div>
      <aside class="widget-side" aria-label="Preview">
        <Preview settings={draft} language={language} />
      </aside>
    </div>
  );
}
