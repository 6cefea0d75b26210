import { Group } from '../../components/group.tsx';
import { Pager, usePageNumber } from '../../components/controls.tsx';
import { Loaded } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { type BrowserSession, change, get, type Listed } from '../../lib/account.ts';
import { explain } from '../../lib/failure.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';

/** The browsers in which the reader is signed in. */
export function Sessions() {
  const { client } = useSession();
  const page = usePageNumber();
  const sessions = useQuery(`account/sessions?page=${page}`, (signal) =>
    get<Listed<BrowserSession>>(client, '/account/sessions', { page }, signal),
  );
  const end = async (id: string) => {
    try {
      await change(client, 'DELETE', `/account/sessions/${id}`);
      toast('Session ended');
    } catch (error) {
      toast(explain(error).detail);
    }
    invalidate('account/sessions');
  };
  return (
    <Group
      title="Where you are signed in"
      hint="End what you do not know, and change your password."
    >
      <Loaded query={sessions} lines={3}>
        {({ data, meta }) => (
          <>
            <ul class="rows">
              {data.map((session) => (
                <li key={session.id} class="person-row">
                  <div>
                    <span>{browserName(session.user_agent)}</span>
                    <span class="small quiet">
                      {session.address ?? 'unknown address'} · {session.workspace} · used{' '}
                      <Time at={session.last_used_at} />
                    </span>
                  </div>
                  {session.current ? (
                    <span class="small quiet">this one</span>
                  ) : (
                    <button type="button" class="button compact" onClick={() => end(session.id)}>
                      End
                    </button>
                  )}
                </li>
              ))}
            </ul>
            <Pager meta={meta} noun="sessions" />
          </>
        )}
      </Loaded>
    </Group>
  );
}

const BROWSERS = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;
const SYSTEMS = ['Android', 'iPhone', 'iPad', 'Windows', 'Macintosh', 'Linux'] as const;

/** As people would call it; what a program calls itself is shown as it is. */
function browserName(agent: string | null): string {
  if (!agent) return 'Unknown browser';
  const browser = BROWSERS.find(([mark]) => agent.includes(mark))?.[1];
  const system = SYSTEMS.find((name) => agent.includes(name));
  if (!browser) return agent.slice(0, 60);
  return system ? `${browser} on ${system === 'Macintosh' ? 'macOS' : system}` : browser;
}
