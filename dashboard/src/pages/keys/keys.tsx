import type { ApiKey, NewApiKey } from '@cevvo/sdk';
import { useState } from 'preact/hooks';
import { Pager, usePageNumber } from '../../components/controls.tsx';
import { Confirm } from '../../components/dialog.tsx';
import { Icon } from '../../components/icons.tsx';
import { Empty, Loaded, Page } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { count } from '../../lib/format.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import { Create } from './create.tsx';
import { Rotate } from './rotate.tsx';
import { Shown } from './shown.tsx';
import '../../styles/people.css';
import '../../styles/keys.css';

export default function Keys() {
  const { client } = useSession();
  const [making, setMaking] = useState(false);
  const page = usePageNumber();
  const keys = useQuery(`api-keys?page=${page}`, (signal) =>
    client.apiKeys.list({ page }, { signal }),
  );
  const taken = useTakenToday();
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
                  <KeyRow key={key.id} apiKey={key} taken={taken.get(key.id) ?? 0} />
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

/** The tokens that models took today (UTC), by key. */
function useTakenToday(): Map<string, number> {
  const { client } = useSession();
  const usage = useQuery('usage?24h', (signal) => client.usage({ period: '24h' }, { signal }));
  const today = new Date().toISOString().slice(0, 10);
  const taken = new Map<string, number>();
  for (const entry of usage.data?.data ?? []) {
    if (entry.day !== today) continue;
    const tokens = entry.prompt_tokens + entry.completion_tokens;
    taken.set(entry.key_id, (taken.get(entry.key_id) ?? 0) + tokens);
  }
  return taken;
}

function KeyRow({ apiKey, taken }: { apiKey: ApiKey; taken: number }) {
  const { client } = useSession();
  const [asking, setAsking] = useState<'rotate' | 'revoke' | null>(null);
  const [made, setMade] = useState<NewApiKey | null>(null);
  const { id, name, status } = apiKey;
  const revoke = async () => {
    await client.apiKeys.revoke(id);
    toast(`${name} is revoked`);
    invalidate('api-keys');
  };
  return (
    <li class={`person-row key-row ${status}`}>
      <div>
        <span>
          <bdi>{name}</bdi> <code>{`${apiKey.prefix}…${apiKey.last_four}`}</code>
        </span>
        <span class="small quiet">
          <Facts apiKey={apiKey} taken={taken} />
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
        <Rotate apiKey={apiKey} onMade={setMade} onClose={() => setAsking(null)} />
      )}
      {made && <Shown made={made} onClose={() => setMade(null)} />}
    </li>
  );
}

function Facts({ apiKey, taken }: { apiKey: ApiKey; taken: number }) {
  const { allowed_origins, expires_at, last_used_at, rate_limit, scopes, status } = apiKey;
  const { tokens_per_day, messages_per_day } = apiKey;
  return (
    <>
      {allowed_origins ? `chat on ${allowed_origins.join(', ')}` : scopes.join(', ')}
      {rate_limit !== null && ` · ${count(rate_limit)} requests a minute`}
      {messages_per_day !== null && ` · ${count(messages_per_day)} messages a day`}
      {tokens_per_day === null
        ? taken > 0 && ` · ${count(taken)} tokens today`
        : ` · ${count(taken)} of ${count(tokens_per_day)} tokens today`}
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
