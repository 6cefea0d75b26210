import { ChatStream } from '../core/stream.ts';
import type { RequestOptions, Transport } from '../core/transport.ts';
import type { ChatRequest, ChatResponse } from '../types.ts';

export class Chat {
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Asks and waits for the whole answer. */
  create(request: ChatRequest, options?: RequestOptions): Promise<ChatResponse> {
    return this.#transport.json({ method: 'POST', path: '/chat', json: request }, options);
  }

  /** Asks and gives the answer as it is written. `timeout` limits silence, not the whole. */
  stream(request: ChatRequest, options: RequestOptions = {}): ChatStream {
    const call = {
      method: 'POST',
      path: '/chat/stream',
      json: request,
      accept: 'text/event-stream',
    } as const;
    const open = (signal: AbortSignal) => this.#transport.stream(call, { ...options, signal });
    const { baseURL, timeout } = this.#transport.config;
    const name = `POST ${baseURL}${call.path}`;
    return new ChatStream(open, name, options.timeout ?? timeout, options.signal);
  }
}
