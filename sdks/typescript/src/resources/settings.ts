import type { RequestOptions, Transport } from '../core/transport.ts';
import type { AnswerSettings, AnswerSettingsUpdate } from '../types.ts';

const ANSWERS = '/settings/answers';

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
}
