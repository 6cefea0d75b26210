import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { WebhookVerificationError, webhooks } from '../src/index.ts';

interface Vector {
  name: string;
  payload: string;
  headers: Record<string, string>;
  secret: string;
  now: number;
  result?: unknown;
  error?: string;
}

const file = new URL('../../conformance/webhooks.json', import.meta.url);
const vectors: Vector[] = JSON.parse(readFileSync(file, 'utf8'));

for (const { name, payload, headers, secret, now, result, error } of vectors) {
  test(`webhooks: ${name}`, async () => {
    for (const form of [headers, new Headers(headers)]) {
      const event = webhooks.verify(payload, form, secret, now);
      if (error === undefined) {
        assert.deepEqual(await event, result);
        continue;
      }
      await assert.rejects(event, (thrown: Error) => {
        assert.ok(thrown instanceof WebhookVerificationError);
        assert.ok(thrown.message.includes(error), thrown.message);
        return true;
      });
    }
  });
}

test('webhooks are checked against the clock', async () => {
  const { payload, headers, secret } = vectors[1]!;
  const bytes = new TextEncoder().encode(payload);
  await assert.rejects(webhooks.verify(bytes, headers, secret), /five minutes/);
});
