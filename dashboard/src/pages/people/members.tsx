import { useState } from 'preact/hooks';
import { Pager, usePageNumber } from '../../components/controls.tsx';
import { Confirm } from '../../components/dialog.tsx';
import { Icon } from '../../components/icons.tsx';
import { Loaded } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { change, get, type Listed, type Person, type Presence, type Role } from '../../lib/account.ts';
import { explain } from '../../lib/failure.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import { rolesOf } from './roles.ts';

/** Who belongs to the workspace, and as what. */
export function Members({ presence }: { presence: Presence }) {
  const { client } = useSession();
  const page = usePageNumber();
  const people = useQuery(`people?page=${page}`, (signal) =>
    get<Listed<Person>>(client, '/people', { page }, signal),
  );
  return (
    <Loaded query={people}>
      {({ data, meta }) => (
        <section aria-label="Members">
          <ul class="rows">
            {data.map((person) => (
              <Member key={person.id} person={person} presence={presence} />
            ))}
          </ul>
          <Pager meta={meta} noun="people" />
        </section>
      )}
    </Loaded>
  );
}

function Member({ person, presence }: { person: Person; presence: Presence }) {
  const { client, signOut } = useSession();
  const [leaving, setLeaving] = useState(false);
  const self = person.id === presence.person.id;
  const roles = rolesOf(presence);
  const mayChange = roles.some(([role]) => role === person.role);
  const giveRole = async (role: Role) => {
    try {
      await change(client, 'PUT', `/people/${person.id}`, { role });
      if (self) return signOut();
      toast(`${person.name} is now ${role}`);
    } catch (error) {
      toast(explain(error).detail);
    }
    invalidate('people');
  };
  const remove = async () => {
    await change(client, 'DELETE', `/people/${person.id}`);
    if (self) return signOut();
    toast(`${person.name} is removed`);
    invalidate('people');
  };
  return (
    <li class="person-row">
      <div>
        <span>
          {person.name}
          {self && <span class="quiet"> (you)</span>}
        </span>
        <span class="small quiet">
          {person.email}
          {person.second_factor && ' · second factor'} ·{' '}
          {person.last_signed_in_at ? (
            <>
              signed in <Time at={person.last_signed_in_at} />
            </>
          ) : (
            'never signed in'
          )}
        </span>
      </div>
      {mayChange ? (
        <select
          class="input"
          aria-label={`Role of ${person.name}`}
          value={person.role}
          onChange={(event) => giveRole(event.currentTarget.value as Role)}
        >
          {roles.map(([role]) => (
            <option key={role} value={role}>
              {role}
            </option>
          ))}
        </select>
      ) : (
        <span class="small quiet">{person.role}</span>
      )}
      {(mayChange || self) && (
        <button
          type="button"
          class="button ghost icon compact"
          aria-label={self ? 'Leave' : `Remove ${person.name}`}
          title={self ? 'Leave' : 'Remove'}
          onClick={() => setLeaving(true)}
        >
          <Icon name="trash" />
        </button>
      )}
      {leaving && (
        <Confirm
          title={self ? 'Leave this workspace?' : `Remove ${person.name}?`}
          deed={self ? 'Leave' : 'Remove'}
          doing="Removing…"
          onConfirm={remove}
          onClose={() => setLeaving(false)}
        >
          {self ? 'You are signed out' : 'They are signed out'} at once. API keys stay: revoke those
          that should not be used any more.
        </Confirm>
      )}
    </li>
  );
}
