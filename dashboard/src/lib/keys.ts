/** What an API key may do, in words. */
import type { Scope } from '@cevvo/sdk';

export const SCOPES: readonly (readonly [Scope, string])[] = [
  ['chat', 'ask, rate answers'],
  ['read', 'sources, conversations, figures'],
  ['ingest', 'add and delete sources'],
  ['admin', 'everything, keys and settings too'],
];
