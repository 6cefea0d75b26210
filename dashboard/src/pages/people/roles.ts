import { type Presence, type Role, ROLES } from '../../lib/account.ts';

/** The roles that somebody may give, and take. */
export function rolesOf(presence: Presence): readonly (readonly [Role, string])[] {
  return ROLES.filter(([role]) => role !== 'owner' || presence.rights.includes('owners'));
}
