import type { PageParams, PagePromise } from '../core/page.ts';
import type { RequestOptions, Transport } from '../core/transport.ts';
import type {
  Deleted,
  DeliveryStatus,
  NewWebhook,
  Webhook,
  WebhookCreate,
  WebhookDelivery,
  WebhookRotate,
  WebhookUpdate,
} from '../types.ts';

const WEBHOOKS = '/webhooks';
const path = (id: string) => `${WEBHOOKS}/${encodeURIComponent(id)}`;

export interface DeliveryParams extends PageParams {
  status?: DeliveryStatus;
}

/** Where the server sends events; for a key with the scope `admin`. */
export class Webhooks {
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first. */
  list(params: PageParams = {}, options?: RequestOptions): PagePromise<Webhook> {
    return this.#transport.list(WEBHOOKS, params, options);
  }

  /** Its `secret` is in this answer and nowhere else, ever. */
  create(webhook: WebhookCreate, options?: RequestOptions): Promise<NewWebhook> {
    return this.#transport.json({ method: 'POST', path: WEBHOOKS, json: webhook }, options);
  }

  get(id: string, options?: RequestOptions): Promise<Webhook> {
    return this.#transport.json({ method: 'GET', path: path(id) }, options);
  }

  update(id: string, changes: WebhookUpdate, options?: RequestOptions): Promise<Webhook> {
    return this.#transport.json({ method: 'PUT', path: path(id), json: changes }, options);
  }

  /** With the log of its deliveries. */
  delete(id: string, options?: RequestOptions): Promise<Deleted> {
    return this.#transport.json({ method: 'DELETE', path: path(id) }, options);
  }

  /** Makes a new secret; the old one signs, too, for a while. */
  rotate(id: string, rotation: WebhookRotate = {}, options?: RequestOptions): Promise<NewWebhook> {
    return this.#transport.json(
      { method: 'POST', path: `${path(id)}/rotate`, json: rotation },
      options,
    );
  }

  /** Sends an event of type `webhook.test` now, once. */
  test(id: string, options?: RequestOptions): Promise<WebhookDelivery> {
    return this.#transport.json({ method: 'POST', path: `${path(id)}/test` }, options);
  }

  /** What was and will be sent, newest first, for 30 days. */
  deliveries(
    id: string,
    params: DeliveryParams = {},
    options?: RequestOptions,
  ): PagePromise<WebhookDelivery> {
    return this.#transport.list(`${path(id)}/deliveries`, params, options);
  }

  /** Sends an event again, whatever came of it before. */
  retry(id: string, deliveryId: string, options?: RequestOptions): Promise<WebhookDelivery> {
    const delivery = encodeURIComponent(deliveryId);
    return this.#transport.json(
      { method: 'POST', path: `${path(id)}/deliveries/${delivery}/retry` },
      options,
    );
  }
}
