import type { RequestOptions, Transport } from '../core/transport.ts';
import type { VisitorToken, VisitorTokenRequest } from '../types.ts';

/** By which the visitors of a website keep their conversations to themselves. */
export class VisitorTokens {
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * A token that holds for 24 hours. With a secret key for the user whom your backend knows, to be
   * handed to their browser; with a publishable key for a visitor whom nobody knows.
   */
  create(request: VisitorTokenRequest = {}, options?: RequestOptions): Promise<VisitorToken> {
    return this.#transport.json({ method: 'POST', path: '/visitor-tokens', json: request }, options);
  }
}
