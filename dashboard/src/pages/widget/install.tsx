import { useState } from 'preact/hooks';
import { Loaded } from '../../components/page.tsx';
import { copy } from '../../components/toast.tsx';
import { change, get, type Listed } from '../../lib/account.ts';
import type { ApiKey, NewApiKey } from '@cevvo/sdk';
import { invalidate, useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import { FormProblem, useSubmission } from '../outside/frame.tsx';

const MOST = 100; // keys that are looked through

/** The line for a website's pages, and the keys that it can have in it. */
export function Install() {
  const { client } = useSession();
  const [made, setMade] = useState<NewApiKey | null>(null);
  const keys = useQuery('api-keys?publishable', (signal) =>
    get<Listed<ApiKey>>(client, '/api-keys', { per_page: MOST }, signal),
  );
  const key = made?.key ?? 'cevvo_pk_…';
  const snippet = `<script src="${location.origin}/widget.js" data-key="${key}" async></script>`;
  return (
    <section class="widget-install" aria-labelledby="install">
      <h2 id="install">On your website</h2>
      <p class="quiet">
        {made
          ? 'Copy this line into your pages now: the key in it is shown this once.'
          : 'One line in your pages, with a key that is for their address.'}
      </p>
      <div class="command">
        <code>{snippet}</code>
        <button
          type="button"
          class="button ghost compact"
          disabled={!made}
          onClick={() => copy(snippet, 'The line')}
        >
          Copy
        </button>
      </div>
      {made ? (
        <p class="small quiet">
          {made.allowed_origins?.includes(location.origin) && (
            <>
              Or <a href={`/widget/demo#${made.key}`}>try it on a plain page</a> of this server.
            </>
          )}
        </p>
      ) : (
        <MakeKey onMade={setMade} />
      )}
      <Loaded query={keys} lines={1}>
        {({ data }) => <Keys keys={data.filter(isUsable)} />}
      </Loaded>
    </section>
  );
}

function isUsable({ kind, status }: ApiKey): boolean {
  return kind === 'publishable' && status === 'active';
}

function MakeKey({ onMade }: { onMade: (key: NewApiKey) => void }) {
  const { client } = useSession();
  const [origins, setOrigins] = useState('');
  const { busy, problem, submit } = useSubmission(async () => {
    const allowed_origins = origins.split(/[\s,]+/).filter(Boolean);
    const body = { name: 'Widget', kind: 'publishable', allowed_origins };
    onMade(await change<NewApiKey>(client, 'POST', '/api-keys', body));
    invalidate('api-keys');
  }, null);
  return (
    <form class="form" onSubmit={submit}>
      <label class="field">
        <span>Addresses of your website, one a line</span>
        <textarea
          class="input"
          rows={2}
          required
          placeholder={'https://www.example.com'}
          value={origins}
          onInput={(event) => setOrigins(event.currentTarget.value)}
        />
        <small>
          With <code>{location.origin}</code> among them you can try it on a page of this server.
        </small>
      </label>
      <FormProblem>{problem}</FormProblem>
      <div>
        <button type="submit" class="button" disabled={busy}>
          {busy ? 'Making…' : 'Make a key'}
        </button>
      </div>
    </form>
  );
}

function Keys({ keys }: { keys: ApiKey[] }) {
  if (keys.length === 0) return null;
  return (
    <p class="small quiet">
      Keys that websites have now:{' '}
      {keys.map(({ id, prefix, last_four, allowed_origins }, at) => (
        <span key={id}>
          {at > 0 && '; '}
          <code>{`${prefix}…${last_four}`}</code> on {allowed_origins?.join(', ')}
        </span>
      ))}
      . <a href="/api-keys">All keys</a>
    </p>
  );
}
