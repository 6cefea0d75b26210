import type { RequestOptions, Transport } from '../core/transport.ts';
import type { AnswerSettings, AnswerSettingsUpdate, Retention } from '../types.ts';

const ANSWERS = '/settings/answers';
const RETENTION = '/settings/retention';

export class Settings {
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** How the workspace answers. */
  answers(options?: RequestOptions): Promise<AnswerSettings> {
    return this.#transport.json({ method: 'GET', path: ANSWERS }, options);
  }

  /** Changes what is given and leaves the rest; null puts the default back. */
  updateAnswers(changes: AnswerSettingsUpdate, options?: RequestOptions): Promise<AnswerSettings> {
    return this.#transport.json({ method: 'PUT', path: ANSWERS, json: changes }, options);
  }

  /** How long conversations are kept. */
  retention(options?: RequestOptions): Promise<Retention> {
    return this.#transport.json({ method: 'GET', path: RETENTION }, options);
  }

  /** Keeps them so many days after their last message; null: until they are deleted. */
  updateRetention(retention: Retention, options?: RequestOptions): Promise<Retention> {
    return this.#transport.json({ method: 'PUT', path: RETENTION, json: retention }, options);
  }
}
