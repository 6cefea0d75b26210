import type { PageParams, PagePromise } from '../core/page.ts';
import type { RequestOptions, Transport } from '../core/transport.ts';
import type { ApiKey, ApiKeyCreate, ApiKeyRotate, Deleted, NewApiKey } from '../types.ts';

const KEYS = '/api-keys';
const path = (id: string) => `${KEYS}/${encodeURIComponent(id)}`;

/** The keys of the workspace; for a key with the scope `admin`. */
export class ApiKeys {
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Expired and revoked ones too, newest first. */
  list(params: PageParams = {}, options?: RequestOptions): PagePromise<ApiKey> {
    return this.#transport.list(KEYS, params, options);
  }

  /** Its `key` is in this answer and nowhere else, ever. */
  create(key: ApiKeyCreate, options?: RequestOptions): Promise<NewApiKey> {
    return this.#transport.json({ method: 'POST', path: KEYS, json: key }, options);
  }

  /** Makes a key like this one, which then expires. */
  rotate(id: string, rotation: ApiKeyRotate = {}, options?: RequestOptions): Promise<NewApiKey> {
    return this.#transport.json(
      { method: 'POST', path: `${path(id)}/rotate`, json: rotation },
      options,
    );
  }

  /** Within a second it is refused everywhere, and its open streams end. */
  revoke(id: string, options?: RequestOptions): Promise<Deleted> {
    return this.#transport.json({ method: 'DELETE', path: path(id) }, options);
  }
}
