/** Checking that a webhook is from your server: Standard Webhooks 1.0, symmetric signatures. */
import { WebhookVerificationError } from './core/errors.ts';

/** What happened. `data` depends on `type`; `timestamp` is RFC 3339. */
export interface WebhookEvent {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

const TOLERANCE = 300; // seconds, as the standard recommends

/**
 * The event of a webhook, once its signature has proved right.
 *
 * `payload` is the body as it came, before anything parsed it; `headers` those of the request;
 * `secret` the endpoint's, `whsec_…`; `now` seconds since 1970, the clock's unless given.
 * Throws WebhookVerificationError when a header is missing, no signature is right, or the message
 * is more than five minutes old or early: answer with status 400.
 */
export async function verify(
  payload: string | Uint8Array,
  headers: Headers | Record<string, string | string[] | undefined>,
  secret: string,
  now: number = Date.now() / 1000,
): Promise<WebhookEvent> {
  const id = header(headers, 'webhook-id');
  const sent = header(headers, 'webhook-timestamp');
  const signatures = header(headers, 'webhook-signature').split(' ');
  const encoder = new TextEncoder();
  const body = typeof payload === 'string' ? encoder.encode(payload) : payload;
  const signed = joined(encoder.encode(`${id}.${sent}.`), body);
  const key = await crypto.subtle.importKey(
    'raw',
    secretBytes(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );
  const right = signatures.map((each) => {
    const value = each.startsWith('v1,') ? bytes(each.slice(3)) : null;
    return value !== null && crypto.subtle.verify('HMAC', key, value, signed);
  });
  if (!(await Promise.all(right)).includes(true)) {
    throw new WebhookVerificationError(
      'No signature of the webhook is right: check the secret, and pass the body as it came.',
    );
  }
  checkTime(sent, now);
  return JSON.parse(new TextDecoder().decode(body)) as WebhookEvent;
}

function header(
  headers: Headers | Record<string, string | string[] | undefined>,
  name: string,
): string {
  const found =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
  if (!found) throw new WebhookVerificationError(`The header ${name} is missing.`);
  return String(found);
}

function secretBytes(secret: string): Uint8Array<ArrayBuffer> {
  const key = bytes(secret.replace(/^whsec_/, ''));
  if (!key?.length) throw new WebhookVerificationError('The secret is none: it looks like whsec_…');
  return key;
}

/** Of Base64; null for what is none. */
function bytes(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function checkTime(sent: string, now: number): void {
  if (!/^\d+$/.test(sent)) {
    throw new WebhookVerificationError('The header webhook-timestamp is no time.');
  }
  if (Math.abs(now - Number(sent)) > TOLERANCE) {
    throw new WebhookVerificationError(
      'The webhook is more than five minutes old or early: it may be a repetition. ' +
        'Check that both clocks are right.',
    );
  }
}
