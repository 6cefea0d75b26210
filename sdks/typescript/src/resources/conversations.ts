import type { PageParams, PagePromise } from '../core/page.ts';
import type { RequestOptions, Transport } from '../core/transport.ts';
import type {
  Conversation,
  ConversationDetail,
  Deleted,
  DeletedConversations,
  Escalation,
  Period,
  Rating,
} from '../types.ts';

/** All that is given has to hold; what tells of an answer, of one and the same. */
export interface ConversationFilter {
  /** Something was asked in this window; or from `since` to before `until` (RFC 3339). */
  period?: Period;
  since?: string;
  until?: string;
  /** How the last question ended; `confirmed` is part of `resolved`. */
  resolution?: 'resolved' | 'unresolved' | 'confirmed';
  /** The `id` of a top question or gap. */
  question?: string;
  rating?: Rating;
  model?: string;
  answered?: boolean;
  /** A question counts in a coverage gap, as asked in vain. */
  gap?: boolean;
  /** Below 0.5. */
  low_confidence?: boolean;
  /** A person was asked for. */
  escalated?: boolean;
  /** Words of a message. */
  q?: string;
  /** Only tests, or none of them. */
  test?: boolean;
}

const CONVERSATIONS = '/conversations';
const path = (id: string) => `${CONVERSATIONS}/${encodeURIComponent(id)}`;

export class Conversations {
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Last changed first. */
  list(
    params: PageParams & ConversationFilter = {},
    options?: RequestOptions,
  ): PagePromise<Conversation> {
    return this.#transport.list(CONVERSATIONS, params, options);
  }

  /** All of them with their messages, a JSON object a line. */
  export(params: ConversationFilter = {}, options?: RequestOptions): Promise<Blob> {
    const query = { ...params };
    const accept = 'application/x-ndjson';
    return this.#transport.bytes(
      { method: 'GET', path: `${CONVERSATIONS}/export`, query, accept },
      options,
    );
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
