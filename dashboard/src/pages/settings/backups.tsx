import { Loaded } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { get } from '../../lib/account.ts';
import { size } from '../../lib/format.ts';
import { useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import { Group } from '../../components/group.tsx';

interface Copy {
  name: string;
  kind: 'backup' | 'before_migration';
  bytes: number;
  created_at: string;
  schema_revision: string;
  version: string | null;
}

interface Copies {
  database: 'sqlite' | 'postgres';
  last_backup_at: string | null;
  copies: Copy[];
}

/** Which copies there are of the whole server, for its owners. */
export function Backups() {
  const { client } = useSession();
  const found = useQuery('backups', (signal) => get<Copies>(client, '/backups', {}, signal));
  return (
    <Group
      title="Backups"
      hint="Copies of the whole server, all workspaces, that lie in its data directory."
    >
      <Loaded query={found} lines={2}>
        {(copies) => (copies.database === 'postgres' ? <OnPostgres /> : <Listed {...copies} />)}
      </Loaded>
    </Group>
  );
}

function OnPostgres() {
  return (
    <p>
      The database is on Postgres, which is backed up with its own tools: <code>pg_dump</code>, or
      what its host offers. Keep the data directory beside it. <Guide />
    </p>
  );
}

function Listed({ last_backup_at, copies }: Copies) {
  return (
    <>
      {last_backup_at ? (
        <p>
          The last backup was made <Time at={last_backup_at} />. Keep one on another disk, too.{' '}
          <Guide />
        </p>
      ) : (
        <p>
          There is no backup here. On the server, <code>cevvo backup /mnt/backups</code> writes
          everything into one file while it runs; best each night, onto another disk. What is
          written there is not listed here. <Guide />
        </p>
      )}
      {copies.length > 0 && (
        <ul class="rows" aria-label="Copies">
          {copies.map((copy) => (
            <li key={copy.name} class="copy-row">
              <span class="copy-name">{copy.name}</span>
              <span class="small quiet number">{size(copy.bytes)}</span>
              <span class="small quiet">
                {copy.kind === 'backup'
                  ? `Everything, by version ${copy.version}`
                  : `The database before an upgrade, schema ${copy.schema_revision}`}
              </span>
              <span class="small quiet">
                <Time at={copy.created_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

const Guide = () => <a href="/docs/operating#back-up">How to back up and restore</a>;
