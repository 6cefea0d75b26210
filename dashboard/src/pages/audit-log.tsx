import type { AuditEntry } from '@cevvo/sdk';
import { Pager, usePageNumber } from '../components/controls.tsx';
import { Empty, Loaded, Page } from '../components/page.tsx';
import { Time } from '../components/time.tsx';
import { useQuery } from '../lib/query.ts';
import { setQuery, usePlace } from '../lib/router.ts';
import { useSession } from '../lib/session.ts';
import '../styles/people.css';

const KINDS = [
  ['', 'Everything'],
  ['api_key', 'API keys'],
  ['webhook', 'Webhooks'],
  ['session', 'Sign-ins'],
  ['person', 'People'],
  ['invitation', 'Invitations'],
  ['workspace', 'Workspaces'],
  ['settings', 'Settings'],
  ['source', 'Sources'],
  ['document', 'Documents'],
  ['conversation', 'Conversations'],
  ['audit_log', 'Exports'],
] as const;

export default function AuditLog() {
  const { client } = useSession();
  const page = usePageNumber();
  const action = usePlace().query.get('action') ?? '';
  const entries = useQuery(`audit-log?page=${page}&action=${action}`, (signal) =>
    client.auditLog.list({ page, ...(action ? { action } : {}) }, { signal }),
  );
  const filter = (
    <label>
      <span class="visually-hidden">Show</span>
      <select
        class="input"
        value={action}
        onChange={(event) =>
          setQuery({ action: event.currentTarget.value || null, page: null })
        }
      >
        {KINDS.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Page
      title="Audit log"
      lede="Who did what. Entries can be neither changed nor deleted."
      actions={filter}
    >
      <Loaded query={entries}>
        {({ data, meta }) =>
          data.length === 0 ? (
            <Empty title="Nothing of the kind">
              Keys, settings, deletions and exports are noted here when they happen.
            </Empty>
          ) : (
            <section aria-label="Entries">
              <ul class="rows">
                {data.map((entry) => (
                  <li key={entry.id} class="person-row">
                    <div>
                      <span>{said(entry)}</span>
                      <span class="small quiet">
                        {who(entry)}
                        {entry.address && ` from ${entry.address}`}
                      </span>
                    </div>
                    <span class="small quiet">
                      <Time at={entry.at} />
                    </span>
                  </li>
                ))}
              </ul>
              <Pager meta={meta} noun="entries" />
            </section>
          )
        }
      </Loaded>
    </Page>
  );
}

/** `api_key.revoked` as people say it, and which it was. */
function said({ action, target_name, target_id }: AuditEntry): string {
  const words = action.replace('.', ' ').replaceAll('_', ' ').replace('api', 'API');
  const target = target_name ?? target_id;
  return words.charAt(0).toUpperCase() + words.slice(1) + (target ? `: ${target}` : '');
}

const ACTORS = { key: 'Key', person: 'Person', cli: 'Command line,', server: 'The server' } as const;

function who({ actor }: AuditEntry): string {
  return `${ACTORS[actor.kind]} ${actor.name ?? actor.id ?? 'unknown'}`;
}
