import type { RequestOptions, Transport } from '../core/transport.ts';
import type {
  AnswerSettings,
  AnswerSettingsUpdate,
  Retention,
  ShownWidget,
  WidgetSettings,
  WidgetSettingsUpdate,
} from '../types.ts';

const ANSWERS = '/settings/answers';
const RETENTION = '/settings/retention';
const WIDGET = '/settings/widget';

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

  /** How the workspace appears on websites. */
  widget(options?: RequestOptions): Promise<WidgetSettings> {
    return this.#transport.json({ method: 'GET', path: WIDGET }, options);
  }

  /** Changes what is given and leaves the rest; null puts the default back. */
  updateWidget(changes: WidgetSettingsUpdate, options?: RequestOptions): Promise<WidgetSettings> {
    return this.#transport.json({ method: 'PUT', path: WIDGET, json: changes }, options);
  }

  /** What a widget shows; `language`: those wished for, as browsers write them (`de-AT,en`). */
  shownWidget(params: { language?: string } = {}, options?: RequestOptions): Promise<ShownWidget> {
    return this.#transport.json({ method: 'GET', path: '/widget', query: { ...params } }, options);
  }
}
