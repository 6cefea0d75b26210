import { useState } from 'preact/hooks';
import { Segmented } from '../../components/controls.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { toast } from '../../components/toast.tsx';
import { explain } from '../../lib/failure.ts';
import { invalidate } from '../../lib/query.ts';
import { setQuery } from '../../lib/router.ts';
import { useSession } from '../../lib/session.ts';
import { ChooseFiles } from './drop.tsx';

const KINDS = [
  ['website', 'Website'],
  ['files', 'Files'],
  ['text', 'Text'],
] as const;
type Kind = (typeof KINDS)[number][0];

export function isKind(value: string | null): value is Kind {
  return KINDS.some(([kind]) => kind === value);
}

const close = () => setQuery({ add: null, title: null });

export function AddSource({ kind, title }: { kind: Kind; title: string | null }) {
  return (
    <Dialog title="Add a source" onClose={close}>
      <div class="form">
        <Segmented
          label="Kind of source"
          choices={KINDS}
          value={kind}
          onChange={(add) => setQuery({ add })}
        />
        {kind === 'website' && <AddWebsite />}
        {kind === 'files' && <ChooseFiles onChosen={close} />}
        {kind === 'text' && <AddText title={title} />}
      </div>
    </Dialog>
  );
}

/** Runs a submission: busy meanwhile, the reason if it fails, closed and told if it succeeds. */
function useSubmission(run: () => Promise<string>) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const done = await run();
      invalidate('sources');
      close();
      toast(done);
    } catch (error) {
      setProblem(explain(error).detail);
      setBusy(false);
    }
  };
  return { busy, problem, submit };
}

function AddWebsite() {
  const { client } = useSession();
  const [url, setUrl] = useState('');
  const [name, setName] = useState('');
  const [autoSync, setAutoSync] = useState(true);
  const address = /^https?:\/\//i.test(url.trim()) ? url.trim() : `https://${url.trim()}`;
  const host = URL.canParse(address) ? new URL(address).host : '';
  const { busy, problem, submit } = useSubmission(async () => {
    const source = await client.sources.create({
      name: name.trim() || host || address,
      type: 'website',
      url: address,
      auto_sync: autoSync,
    });
    return `Reading ${source.name}`;
  });
  return (
    <form class="form" onSubmit={submit}>
      <label class="field">
        <span>Address of the first page</span>
        <input
          class="input"
          inputMode="url"
          placeholder="https://docs.example.com/"
          autocomplete="url"
          required
          autofocus
          value={url}
          onInput={(event) => setUrl(event.currentTarget.value)}
        />
        <small>Every page below this address is read, as its robots.txt allows.</small>
      </label>
      <label class="field">
        <span>Name</span>
        <input
          class="input"
          placeholder={host || 'Product documentation'}
          maxLength={200}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={autoSync}
          onChange={(event) => setAutoSync(event.currentTarget.checked)}
        />
        <span>Read it again every day</span>
      </label>
      <Foot problem={problem} busy={busy} ready={url.trim() !== ''} label="Add website" />
    </form>
  );
}

const DRAFT = 'cevvo.text-draft';

function AddText({ title }: { title: string | null }) {
  const { client } = useSession();
  const [name, setName] = useState(title ?? '');
  const [content, setContent] = useState(() => sessionStorage.getItem(DRAFT) ?? '');
  const { busy, problem, submit } = useSubmission(async () => {
    const source = await client.sources.create({ name: name.trim(), type: 'text', content });
    sessionStorage.removeItem(DRAFT);
    return `${source.name} was added`;
  });
  return (
    <form class="form" onSubmit={submit}>
      <label class="field">
        <span>Title</span>
        <input
          class="input"
          required
          autofocus={!title}
          maxLength={200}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>Text</span>
        <textarea
          class="input"
          rows={10}
          required
          autofocus={!!title}
          placeholder="Plain text or Markdown. Answers quote it word for word."
          dir="auto"
          value={content}
          onInput={(event) => {
            setContent(event.currentTarget.value);
            sessionStorage.setItem(DRAFT, event.currentTarget.value);
          }}
        />
      </label>
      <Foot
        problem={problem}
        busy={busy}
        ready={name.trim() !== '' && content.trim() !== ''}
        label="Add text"
      />
    </form>
  );
}

interface FootProps {
  problem: string | null;
  busy: boolean;
  ready: boolean;
  label: string;
}

function Foot({ problem, busy, ready, label }: FootProps) {
  return (
    <>
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
      <div class="form-foot">
        <button type="button" class="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" class="button primary" disabled={busy || !ready}>
          {busy ? 'Adding…' : label}
        </button>
      </div>
    </>
  );
}
