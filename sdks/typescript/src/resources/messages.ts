import type { RequestOptions, Transport } from '../core/transport.ts';
import type { MessageReplay, MessageTrace } from '../types.ts';

const path = (id: string) => `/messages/${encodeURIComponent(id)}`;

/** Replies looked at again. */
export class Messages {
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What was searched for, found and ranked, what decided, how long each step took. */
  trace(id: string, options?: RequestOptions): Promise<MessageTrace> {
    return this.#transport.json({ method: 'GET', path: `${path(id)}/trace` }, options);
  }

  /** Asks the same question again, as it would be answered now, and compares. Nothing is stored. */
  replay(id: string, options?: RequestOptions): Promise<MessageReplay> {
    return this.#transport.json({ method: 'POST', path: `${path(id)}/replay` }, options);
  }
}
