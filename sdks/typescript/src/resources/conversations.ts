import type { PageParams, PagePromise } from '../core/page.ts';
import type { RequestOptions, Transport } from '../core/transport.ts';
import type {
  Conversation,
  ConversationDetail,
  Deleted,
  DeletedConversations,
  Escalation,
} from '../types.ts';

const CONVERSATIONS = '/conversations';
const path = (id: string) => `${CONVERSATIONS}/${encodeURIComponent(id)}`;

export class Conversations {
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Last changed first; only tests, or none of them, where `test` says so. */
  list(
    params: PageParams & { test?: boolean } = {},
    options?: RequestOptions,
  ): PagePromise<Conversation> {
    return this.#transport.list(CONVERSATIONS, params, options);
  }

  get(id: string, options?: RequestOptions): Promise<ConversationDetail> {
    return this.#transport.json({ method: 'GET', path: path(id) }, options);
  }

  /** Notes that it needs a person; it then counts as not resolved. */
  escalate(id: string, reason: string, options?: RequestOptions): Promise<Escalation> {
    return this.#transport.json(
      { method: 'POST', path: `${path(id)}/escalate`, json: { reason } },
      options,
    );
  }

  /** Removes every word of it; the counters of the analytics stay. */
  delete(id: string, options?: RequestOptions): Promise<Deleted> {
    return this.#transport.json({ method: 'DELETE', path: path(id) }, options);
  }

  /** Removes every word of all that the user with this id of your own has asked. */
  deleteByUser(user_id: string, options?: RequestOptions): Promise<DeletedConversations> {
    return this.#transport.json(
      { method: 'DELETE', path: CONVERSATIONS, query: { user_id } },
      options,
    );
  }
}
