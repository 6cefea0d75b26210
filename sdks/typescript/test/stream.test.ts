import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { APIConnectionError, APITimeoutError, NotFoundError, StreamError } from '../src/index.ts';
import { failure, serve, sse } from './server.ts';

const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const text = (piece: string) => event({ type: 'text', text: piece });
const SOURCES = {
  type: 'sources',
  sources: [{ title: 'Guide', url: null, score: 0.9 }],
  id: 'msg_1',
  thread_id: 'thr_1',
  model: 'extractive',
  answered: true,
  citations: [],
};
const DONE = 'data: [DONE]\n\n';
const ASK = { message: 'How?' };

test('yields the events in order and assembles the answer', async () => {
  await using server = await serve(
    sse([
      ': hello\n\n',
      text('To get '),
      event({ type: 'new kind' }),
      text('started [1]'),
      event(SOURCES),
      DONE,
    ]),
  );
  const stream = server.client().chat.stream(ASK);
  assert.deepEqual(await stream.opened(), { id: 'msg_1', thread_id: 'thr_1' });
  const kinds: string[] = [];
  for await (const item of stream) kinds.push(item.type);
  assert.deepEqual(kinds, ['text', 'text', 'sources']);
  const answer = await stream.final();
  assert.equal(answer.answer, 'To get started [1]');
  assert.deepEqual(
    [answer.id, answer.thread_id, answer.model, answer.sources.length],
    ['msg_1', 'thr_1', 'extractive', 1],
  );
});

test('a browser that has no AbortSignal.any yet', async (context) => {
  const { any } = AbortSignal;
  Reflect.deleteProperty(AbortSignal, 'any');
  context.after(() => Object.assign(AbortSignal, { any }));
  const held: (() => void)[] = [];
  await using server = await serve(
    sse([text('So.'), event(SOURCES), DONE]),
    (response) => void response.on('close', () => held.shift()?.()),
  );
  const controller = new AbortController();
  const options = { signal: controller.signal };
  assert.equal((await server.client().chat.stream(ASK, options).final()).answer, 'So.');
  const left = new Promise<void>((resolve) => held.push(resolve));
  const stream = server.client().chat.stream(ASK, options);
  while (server.seen.length < 2) await pause(5);
  controller.abort(new Error('gone'));
  await assert.rejects(stream.opened(), /gone/);
  await left;
  await assert.rejects(server.client().chat.stream(ASK, options).final(), /gone/);
});

test('what was passed on is not waited for', async () => {
  await using server = await serve(sse([text('So.'), event(SOURCES), DONE]));
  const stream = server.client().chat.stream(ASK);
  const passedOn = await new Response(stream.toReadableStream()).text();
  assert.match(passedOn, /So\./);
  await assert.rejects(stream.final(), StreamError);
});

test('an answer with the documented fields only takes its ids from the headers', async () => {
  await using server = await serve(
    sse([text('Hi'), event({ type: 'sources', sources: [] }), DONE]),
  );
  const answer = await server.client().chat.stream(ASK).final();
  assert.deepEqual(
    [answer.id, answer.thread_id, answer.answered, answer.answer, answer.handover, answer.cached],
    ['msg_1', 'thr_1', false, 'Hi', null, false],
  );
});

test('textStream gives the text; characters may be split over packets', async () => {
  const bytes = new TextEncoder().encode(text('grüße 🙂'));
  const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
  await using server = await serve(sse([...pieces, event(SOURCES), DONE]));
  let all = '';
  for await (const piece of server.client().chat.stream(ASK).textStream) all += piece;
  assert.equal(all, 'grüße 🙂');
});

test('an error before the first byte is an ordinary API error', async () => {
  await using server = await serve(failure(404, 'not_found'));
  await assert.rejects(
    server
      .client()
      .chat.stream({ ...ASK, thread_id: 'thr_x' })
      .final(),
    NotFoundError,
  );
});

test('an error in the stream, a missing end and bad data are StreamErrors', async () => {
  const error = event({
    type: 'error',
    error: { code: 'provider_error', message: 'The model left.', request_id: 'req_9' },
  });
  await using server = await serve(
    sse([text('a'), error, DONE]),
    sse([text('a'), event(SOURCES)]),
    sse(['data: {\n\n', DONE]),
    sse([text('a'), DONE]),
  );
  const client = server.client();
  await assert.rejects(
    client.chat.stream(ASK).final(),
    (thrown: StreamError) =>
      thrown instanceof StreamError &&
      thrown.code === 'provider_error' &&
      thrown.request_id === 'req_9' &&
      thrown.message === 'The model left.',
  );
  await assert.rejects(client.chat.stream(ASK).final(), /broke off/);
  await assert.rejects(client.chat.stream(ASK).final(), /not JSON/);
  await assert.rejects(client.chat.stream(ASK).final(), /without its sources/);
});

test('a connection that breaks keeps the text that had arrived', async () => {
  await using server = await serve(sse([text('so far')], 'reset'));
  const stream = server.client().chat.stream(ASK);
  await assert.rejects(stream.final(), APIConnectionError);
  assert.equal(stream.text, 'so far');
});

test('silence ends a stream', async () => {
  await using server = await serve(sse([text('a')], 'hang'));
  const client = server.client({ timeout: 200 });
  await assert.rejects(client.chat.stream(ASK).final(), APITimeoutError);
});

test('comments are no silence', async (context) => {
  const later = setTimeout;
  // Whatever is waited for is over when the test says so; how often it was begun is counted.
  let begun = 0;
  const waits = new Map<number, { left: number; done: () => void }>();
  const pass = (ms: number) => {
    for (const [id, wait] of waits) if ((wait.left -= ms) <= 0) waits.delete(id) && wait.done();
  };
  await using server = await serve(async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let n = 0; n < 8; n++) {
      const before = begun;
      response.write(': still here\n\n');
      while (begun === before) await new Promise((next) => later(next, 5)); // not read yet
      pass(150);
    }
    response.end(text('late') + event(SOURCES) + DONE);
  });
  context.mock.method(globalThis, 'setTimeout', (done: () => void, left: number) => {
    waits.set(++begun, { left, done });
    return begun;
  });
  context.mock.method(globalThis, 'clearTimeout', (id: number) => waits.delete(id));
  const client = server.client({ timeout: 200 });
  assert.equal((await client.chat.stream(ASK).final()).answer, 'late');
});

test('abort stops the reading and tells the server', async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await serve((response) => {
    response.on('close', () => closed.resolve());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text('a'));
  });
  const stream = server.client().chat.stream(ASK);
  for await (const _ of stream) stream.abort();
  await closed.promise;
  await assert.rejects(stream.final(), { name: 'AbortError' });
});

test('leaving the loop tells the server, too', async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await serve((response) => {
    response.on('close', () => closed.resolve());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text('a'));
  });
  for await (const _ of server.client().chat.stream(ASK)) break;
  await closed.promise;
});

test("the caller's signal is thrown as it is", async () => {
  await using server = await serve(sse([text('a')], 'hang'));
  const controller = new AbortController();
  const stream = server.client().chat.stream(ASK, { signal: controller.signal });
  const reason = new Error('gone');
  await assert.rejects(async () => {
    for await (const _ of stream) controller.abort(reason);
  }, reason);
});

test('a stream can be passed on as it came', async () => {
  await using server = await serve(sse([text('a'), text('b'), event(SOURCES), DONE]));
  const passed = new Response(server.client().chat.stream(ASK).toReadableStream());
  assert.equal(await passed.text(), text('a') + text('b') + event(SOURCES) + DONE);
});

test('a stream that is passed on ends with the error of its request', async () => {
  await using server = await serve(failure(404, 'not_found'));
  const passed = new Response(server.client().chat.stream(ASK).toReadableStream());
  await assert.rejects(passed.text(), NotFoundError);
});

test('a stream that is passed on ends when its reader leaves', async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await serve((response) => {
    response.on('close', () => closed.resolve());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text('a'));
  });
  const reader = server.client().chat.stream(ASK).toReadableStream().getReader();
  await reader.read();
  await reader.cancel();
  await closed.promise;
});

test('a stream is read only once', async () => {
  await using server = await serve(sse([text('a'), event(SOURCES), DONE]));
  const stream = server.client().chat.stream(ASK);
  await stream.final();
  await assert.rejects(async () => {
    for await (const _ of stream);
  }, /only once/);
});
