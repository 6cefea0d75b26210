import type { PageParams, PagePromise } from '../core/page.ts';
import type { RequestOptions, Transport } from '../core/transport.ts';
import type { AuditEntry } from '../types.ts';

export interface AuditLogParams extends PageParams {
  /** One, as `api_key.revoked`, or all on a kind, as `api_key`. */
  action?: string;
  /** The id of an API key or person, or a command's user. */
  actor?: string;
  /** From this time on (RFC 3339). */
  since?: string;
  /** Before this time (RFC 3339). */
  until?: string;
}

/** Who did what; for a key with the scope `admin`. */
export class AuditLog {
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first. */
  list(params: AuditLogParams = {}, options?: RequestOptions): PagePromise<AuditEntry> {
    return this.#transport.list('/audit-log', params, options);
  }
}
