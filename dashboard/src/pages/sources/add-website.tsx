import type { CrawlSettings, Preview } from '@cevvo/sdk';
import { useRef, useState } from 'preact/hooks';
import { explain } from '../../lib/failure.ts';
import { useSession } from '../../lib/session.ts';
import { PreviewOfCrawl } from './preview.tsx';
import { Foot, useSubmission } from './submission.tsx';

const NO_OPTIONS = { include: '', exclude: '', selector: '', render: false };

export function AddWebsite() {
  const { client } = useSession();
  const [url, setUrl] = useState('');
  const [name, setName] = useState('');
  const [autoSync, setAutoSync] = useState(true);
  const [options, setOptions] = useState(NO_OPTIONS);
  const address = /^https?:\/\//i.test(url.trim()) ? url.trim() : `https://${url.trim()}`;
  const host = URL.canParse(address) ? new URL(address).host : '';
  const crawl = settings(options);
  const look = usePreview(() => client.sources.preview({ url: address, crawl }));
  const { busy, problem, submit } = useSubmission(async () => {
    const source = await client.sources.create({
      name: name.trim() || host || address,
      type: 'website',
      url: address,
      auto_sync: autoSync,
      crawl,
    });
    return `Reading ${source.name}`;
  });
  return (
    <form class="form" onSubmit={submit} onInput={look.forget}>
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
      <Options options={options} onChange={setOptions} />
      {look.preview && <PreviewOfCrawl preview={look.preview} />}
      <Foot
        problem={problem ?? look.problem}
        busy={busy}
        ready={url.trim() !== ''}
        label="Add website"
      >
        <button
          type="button"
          class="button"
          disabled={look.busy || url.trim() === ''}
          onClick={look.start}
        >
          {look.busy ? 'Looking…' : 'Preview'}
        </button>
      </Foot>
    </form>
  );
}

interface OptionsProps {
  options: typeof NO_OPTIONS;
  onChange: (options: typeof NO_OPTIONS) => void;
}

/** Which pages are taken, and what of each. */
function Options({ options, onChange }: OptionsProps) {
  const field = (name: 'include' | 'exclude' | 'selector') => ({
    class: 'input',
    value: options[name],
    spellcheck: false,
    onInput: (event: { currentTarget: { value: string } }) =>
      onChange({ ...options, [name]: event.currentTarget.value }),
  });
  return (
    <details class="left-out">
      <summary>Options</summary>
      <div class="form">
        <label class="field">
          <span>Only these pages</span>
          <textarea {...field('include')} rows={2} placeholder="/guide" />
          <small>
            One rule a line: a path with all below it, a pattern such as <code>*/print/*</code>, or
            a whole address.
          </small>
        </label>
        <label class="field">
          <span>Not these pages</span>
          <textarea {...field('exclude')} rows={2} placeholder="/blog" />
        </label>
        <label class="field">
          <span>CSS selector of what is read</span>
          <input {...field('selector')} placeholder="the main part of each page is found" />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={options.render}
            onChange={(event) => onChange({ ...options, render: event.currentTarget.checked })}
          />
          <span>Run the JavaScript of pages before they are read (slower)</span>
        </label>
      </div>
    </details>
  );
}

function settings({ include, exclude, selector, render }: typeof NO_OPTIONS): CrawlSettings {
  const rules = (text: string) => text.split('\n').map((line) => line.trim()).filter(Boolean);
  return {
    include: rules(include),
    exclude: rules(exclude),
    css_selector: selector.trim() || null,
    render_js: render || null,
  };
}

/** A preview on demand; `forget` it once what it was made of has changed. */
function usePreview(load: () => Promise<Preview>) {
  const [preview, setPreview] = useState<Preview | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const wanted = useRef(0);
  const forget = () => {
    wanted.current++;
    setPreview(null);
    setProblem(null);
    setBusy(false);
  };
  const start = async () => {
    forget();
    const mine = wanted.current;
    const show = (found: Preview | null, reason: string | null) => {
      if (mine !== wanted.current) return;
      setPreview(found);
      setProblem(reason);
      setBusy(false);
    };
    setBusy(true);
    try {
      show(await load(), null);
    } catch (error) {
      show(null, explain(error).detail);
    }
  };
  return { preview, problem, busy, start, forget };
}
