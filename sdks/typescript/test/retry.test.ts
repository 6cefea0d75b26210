import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfter, retryDelay, shouldRetry } from '../src/core/retry.ts';
import {
  APIConnectionError,
  APITimeoutError,
  BadRequestError,
  InternalServerError,
  RateLimitError,
} from '../src/index.ts';
import { failure, json, reset, serve, silent } from './server.ts';

const OVERVIEW = { total_conversations: 1 };
const NOW = { 'retry-after': '0' };

test('waits half a second, doubling to eight, less up to a quarter', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 9].map((n) => retryDelay(n, null, 0)),
    [500, 1000, 2000, 4000, 8000, 8000],
  );
  assert.equal(retryDelay(0, null, 1), 375);
});

test('obeys Retry-After in seconds and as a date, up to two minutes', () => {
  const now = Date.parse('2026-03-10T14:30:00Z');
  const asked = (value: string) => retryAfter(new Headers({ 'retry-after': value }), now);
  assert.equal(asked('1.5'), 1500);
  assert.equal(asked('Tue, 10 Mar 2026 14:30:07 GMT'), 7000);
  assert.equal(asked('Tue, 10 Mar 2026 14:00:00 GMT'), 0);
  assert.equal(asked('soon'), null);
  assert.equal(retryDelay(0, 119_000, 0), 119_000);
  const long = new Headers({ 'retry-after': '121', 'x-should-retry': 'true' });
  assert.equal(shouldRetry(429, null, long), false);
  assert.equal(shouldRetry(429, null, new Headers({ 'retry-after': '120' })), true);
  assert.equal(shouldRetry(429, 'budget_exceeded', new Headers()), false);
});

test('x-should-retry overrides the status', () => {
  assert.equal(shouldRetry(400, null, new Headers({ 'x-should-retry': 'true' })), true);
  assert.equal(shouldRetry(503, null, new Headers({ 'x-should-retry': 'false' })), false);
  assert.deepEqual(
    [408, 409, 429, 500, 503, 400, 401, 404].map((s) => shouldRetry(s, null, new Headers())),
    [true, true, true, true, true, false, false, false],
  );
});

test('succeeds after 500 twice, with one idempotency key and body over all attempts', async () => {
  await using server = await serve(
    failure(500, 'a', NOW),
    failure(503, 'b', NOW),
    json({ id: 'src_1' }),
  );
  const source = await server.client().sources.create({ name: 'Docs', type: 'text' });
  assert.equal(source.id, 'src_1');
  assert.equal(server.seen.length, 3);
  assert.equal(new Set(server.seen.map((seen) => seen.headers['idempotency-key'])).size, 1);
  assert.match(String(server.seen[0]?.headers['idempotency-key']), /^[0-9a-f]{32}$/);
  assert.equal(new Set(server.seen.map((seen) => seen.body)).size, 1);
});

test('an upload is the same request over its retries, byte for byte', async () => {
  await using server = await serve(failure(503, 'a', NOW), json({ job_id: 'job_1' }));
  await server
    .client()
    .ingest.upload({ file: { name: 'a.md', content: '# Hi' }, source_id: 'src_1' });
  const [first, second] = server.seen;
  assert.equal(first?.body, second?.body);
  assert.equal(first?.headers['content-type'], second?.headers['content-type']);
  assert.match(first?.body ?? '', /filename="a.md"[^]*# Hi/);
});

test('gives up after two retries with the last error', async () => {
  await using server = await serve(failure(500, 'internal_error', NOW));
  await assert.rejects(server.client().analytics.overview(), (error: InternalServerError) => {
    assert.ok(error instanceof InternalServerError);
    assert.deepEqual(
      [error.status, error.code, error.message, error.request_id],
      [500, 'internal_error', 'It was internal_error.', 'req_1'],
    );
    return true;
  });
  assert.equal(server.seen.length, 3);
});

test('429 waits for as long as asked, and says so when it gives up', async () => {
  await using server = await serve(
    failure(429, 'rate_limit_exceeded', { 'retry-after': '0.2' }),
    json(OVERVIEW),
  );
  const start = performance.now();
  await server.client().analytics.overview();
  assert.ok(performance.now() - start >= 195);

  await using closed = await serve(failure(429, 'rate_limit_exceeded', { 'retry-after': '3' }));
  await assert.rejects(
    closed.client({ maxRetries: 0 }).analytics.overview(),
    (error: RateLimitError) => error instanceof RateLimitError && error.retryAfter === 3,
  );
});

test('a reset connection is tried again', async () => {
  await using server = await serve(reset, json(OVERVIEW));
  assert.deepEqual(await server.client().analytics.overview(), OVERVIEW);
});

test('a bad request is not tried again', async () => {
  await using server = await serve(failure(400, 'invalid_request'));
  await assert.rejects(server.client().analytics.overview(), BadRequestError);
  assert.equal(server.seen.length, 1);
});

test('a server that does not answer, or stops in the body, is a timeout', async () => {
  await using server = await serve(silent, (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"a":');
  });
  const client = server.client({ timeout: 60, maxRetries: 0 });
  await assert.rejects(client.analytics.overview(), APITimeoutError);
  await assert.rejects(client.analytics.overview(), APITimeoutError);
});

test('no server at all is a connection error', async () => {
  const server = await serve(silent);
  await server[Symbol.asyncDispose]();
  const client = server.client({ maxRetries: 0 });
  await assert.rejects(
    client.analytics.overview(),
    (error) => error instanceof APIConnectionError && !(error instanceof APITimeoutError),
  );
});

test('the caller can abort, also between two attempts', async () => {
  const reason = new Error('enough');
  const controller = new AbortController();
  const unavailable = failure(503, 'unavailable', { 'retry-after': '60' });
  await using server = await serve((response, request) => {
    response.on('finish', () => setTimeout(() => controller.abort(reason), 40));
    unavailable(response, request);
  });
  const { signal } = controller;
  await assert.rejects(server.client().analytics.overview({}, { signal }), reason);
  await assert.rejects(
    server.client().analytics.overview({}, { signal: AbortSignal.abort(reason) }),
    reason,
  );
  assert.equal(server.seen.length, 1);
});

test('a budget that is used up is not asked for again', async () => {
  await using server = await serve(
    failure(429, 'budget_exceeded', NOW),
    json({ total_conversations: 1 }),
  );
  const failed = await server
    .client()
    .analytics.overview()
    .catch((error: unknown) => error);
  assert.ok(failed instanceof RateLimitError);
  assert.equal(failed.code, 'budget_exceeded');
  assert.equal(server.seen.length, 1);
});
