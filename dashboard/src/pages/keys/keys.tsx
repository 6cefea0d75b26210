import { useState } from 'preact/hooks';
import { Pager, usePageNumber } from '../../components/controls.tsx';
import { Confirm } from '../../components/dialog.tsx';
import { Icon } from '../../components/icons.tsx';
import { Empty, Loaded, Page } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { change, get, type Listed } from '../../lib/account.ts';
import type { ApiKey, NewApiKey } from '../../lib/keys.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import { Create } from './create.tsx';
import { Shown } from './shown.tsx';
import '../../styles/people.css';
import '../../styles/keys.css';

export default function Keys() {
  const { client } = useSession();
  const [making, setMaking] = useState(false);
  const page = usePageNumber();
  const keys = useQuery(`api-keys?page=${page}`, (signal) =>
    get<Listed<ApiKey>>(client, '/api-keys', { page }, signal),
  );
  const make = (
    <button type="button" class="button primary" onClick={() => setMaking(true)}>
      <Icon name="plus" /> Make a key
    </button>
  );
  return (
    <Page title="API keys" lede="For programs that ask, and for pages with a chat." actions={make}>
      <Loaded query={keys}>
        {({ data, meta }) =>
          meta.total === 0 ? (
            <Empty title="No key yet">
              Make one for a server, or for the web pages that are to have a chat.
            </Empty>
          ) : (
            <section aria-label="Keys">
              <ul class="rows">
                {data.map((key) => (
                  <KeyRow key={key.id} apiKey={key} />
                ))}
              </ul>
              <Pager meta={meta} noun="keys" />
            </section>
          )
        }
      </Loaded>
      {making && <Create onClose={() => setMaking(false)} />}
    </Page>
  );
}

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const { client } = useSession();
  const [asking, setAsking] = useState<'rotate' | 'revoke' | null>(null);
  const [made, setMade] = useState<NewApiKey | null>(null);
  const { id, name, status } = apiKey;
  const revoke = async () => {
    await change(client, 'DELETE', `/api-keys/${id}`);
    toast(`${name} is revoked`);
    invalidate('api-keys');
  };
  const rotate = async () => {
    const body = { overlap_hours: 24 };
    setMade(await change<NewApiKey>(client, 'POST', `/api-keys/${id}/rotate`, body));
    invalidate('api-keys');
  };
  return (
    <li class={`person-row key-row ${status}`}>
      <div>
        <span>
          {name} <code>{`${apiKey.prefix}…${apiKey.last_four}`}</code>
        </span>
        <span class="small quiet">
          <Facts apiKey={apiKey} />
        </span>
      </div>
      {status === 'active' ? (
        <>
          {apiKey.replaced_by === null && (
            <button
              type="button"
              class="button compact"
              aria-label={`Rotate ${name}`}
              onClick={() => setAsking('rotate')}
            >
              Rotate
            </button>
          )}
          <button
            type="button"
            class="button compact"
            aria-label={`Revoke ${name}`}
            onClick={() => setAsking('revoke')}
          >
            Revoke
          </button>
        </>
      ) : (
        <span class="small quiet">{status}</span>
      )}
      {asking === 'revoke' && (
        <Confirm
          title={`Revoke ${name}?`}
          name={name}
          deed="Revoke"
          doing="Revoking…"
          onConfirm={revoke}
          onClose={() => setAsking(null)}
        >
          Whatever uses it is refused within a second. This cannot be undone.
        </Confirm>
      )}
      {asking === 'rotate' && (
        <Confirm
          title={`Rotate ${name}?`}
          deed="Make its successor"
          doing="Making…"
          onConfirm={rotate}
          onClose={() => setAsking(null)}
        >
          You get a new key that may do the same. This one goes on working for 24 hours.
        </Confirm>
      )}
      {made && <Shown made={made} onClose={() => setMade(null)} />}
    </li>
  );
}

function Facts({ apiKey }: { apiKey: ApiKey }) {
  const { allowed_origins, expires_at, last_used_at, rate_limit, scopes, status } = apiKey;
  return (
    <>
      {allowed_origins ? `chat on ${allowed_origins.join(', ')}` : scopes.join(', ')}
      {rate_limit !== null && ` · ${rate_limit} a minute`}
      {expires_at && (
        <>
          {` · ${status === 'active' ? 'expires' : 'expired'} `}
          <Time at={expires_at} as="date" />
        </>
      )}
      {' · '}
      {last_used_at ? (
        <>
          used <Time at={last_used_at} />
        </>
      ) : (
        'never used'
      )}
    </>
  );
}
