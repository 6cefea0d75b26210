/** What the API says of people; these operations are for the dashboard alone. */
import type { Cevvo, PageMeta } from '@cevvo/sdk';

export type Role = 'owner' | 'admin' | 'editor' | 'analyst';
export type Right = 'people' | 'owners' | 'workspace' | 'workspaces';
export const ROLES: readonly (readonly [Role, string])[] = [
  ['owner', 'Owner: everything'],
  ['admin', 'Admin: everything but owners and whole workspaces'],
  ['editor', 'Editor: asks, reads, adds and removes content'],
  ['analyst', 'Analyst: asks and reads'],
];

export interface Workspace {
  id: string;
  name: string;
  role: Role;
}

/** A session: who, where, and what they may do there. */
export interface Presence {
  id: string;
  person: {
    id: string;
    name: string;
    email: string;
    has_password: boolean;
    second_factor: boolean;
  };
  workspace: Workspace;
  workspaces: Workspace[];
  rights: Right[];
}

export interface SignInOptions {
  set_up: boolean;
  identity_provider: string | null;
  reset_by_mail: boolean;
}

export interface Person {
  id: string;
  name: string;
  email: string;
  role: Role;
  second_factor: boolean;
  last_signed_in_at: string | null;
}

export interface Invitation {
  id: string;
  email: string;
  role: Role;
  expires_at: string;
}

export interface BrowserSession {
  id: string;
  current: boolean;
  workspace: string;
  address: string | null;
  user_agent: string | null;
  last_used_at: string;
}

export interface Listed<T> {
  data: T[];
  meta: PageMeta;
}

type Asked = Parameters<Cevvo['request']>;

export async function get<T>(
  client: Cevvo,
  path: string,
  query: NonNullable<Asked[2]>['query'] = {},
  signal?: AbortSignal,
): Promise<T> {
  const response = await client.request('GET', path, { query }, signal ? { signal } : {});
  return response.json() as Promise<T>;
}

/** A change; nothing is tried twice that may have been done. */
export async function change<T>(
  client: Cevvo,
  method: Asked[0],
  path: string,
  json?: unknown,
): Promise<T> {
  const response = await client.request(method, path, { json }, { maxRetries: 0 });
  return response.json() as Promise<T>;
}
