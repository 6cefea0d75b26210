/** What the API says of its keys and of its audit log. */
export type Scope = 'chat' | 'read' | 'ingest' | 'admin';
export type KeyKind = 'secret' | 'publishable';

export const SCOPES: readonly (readonly [Scope, string])[] = [
  ['chat', 'ask, rate answers'],
  ['read', 'sources, conversations, figures'],
  ['ingest', 'add and delete sources'],
  ['admin', 'everything, keys and settings too'],
];

export interface ApiKey {
  id: string;
  name: string;
  kind: KeyKind;
  status: 'active' | 'expired' | 'revoked';
  prefix: string;
  last_four: string;
  scopes: Scope[];
  allowed_origins: string[] | null;
  rate_limit: number | null;
  messages_per_day: number | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  replaced_by: string | null;
}

export type NewApiKey = ApiKey & { key: string };

export interface AuditEntry {
  id: string;
  at: string;
  action: string;
  actor: { kind: 'key' | 'person' | 'cli' | 'server'; id: string | null; name: string | null };
  target_id: string | null;
  target_name: string | null;
  address: string | null;
}
