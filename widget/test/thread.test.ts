/** The conversation against an HTTP server on loopback that says what the test says. */
import { Cevvo, type Message } from '@cevvo/sdk';
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type Memory, memoryFor, type Remembered } from '../src/memory.ts';
import { plain } from '../src/plain.ts';
import { Thread, turnsOf } from '../src/thread.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const SOURCES = [{ title: 'Manual', url: null, score: 1 }];

function json(status: number, body: object, headers = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

function failure(status: number, code: string, headers = {}): Answer {
  return json(status, { error: { code, message: code, param: null, request_id: 'r' } }, headers);
}

function streamed(text: string, { thread = 'thr_1', answered = true, whole = true } = {}): Answer {
  return (response) => {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'x-thread-id': thread,
      'x-message-id': 'msg_1',
    });
    const first = `data: ${JSON.stringify({ type: 'text', text })}\n\n`;
    if (!whole) return void response.write(first, () => response.destroy());
    response.write(first);
    const end = { type: 'sources', sources: answered ? SOURCES : [], answered, citations: [] };
    response.end(`data: ${JSON.stringify(end)}\n\ndata: [DONE]\n\n`);
  };
}

/** A token that is asked for as often as it is needed. */
const TOKEN = json(200, {
  visitor_token: 'cevvo_vt_new',
  visitor_id: 'vis_1',
  user_id: null,
  expires_at: new Date(Date.now() + 86_400_000).toISOString(),
});

async function talk(answers: Answer[], remembered: Remembered = {}, given: string | null = null) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const token = request.headers['x-visitor-token'];
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      const path = request.url?.replace('/api/v1', '');
      if (path === '/visitor-tokens') return TOKEN(response, request);
      const { thread_id = '' } = body ? JSON.parse(body) : {};
      seen.push(`${request.method} ${path} ${token} ${thread_id}`.trim());
      answers.shift()?.(response, request);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  const client = new Cevvo({
    apiKey: 'cevvo_pk_x',
    baseURL: `http://127.0.0.1:${port}/api/v1`,
    maxRetries: 0,
  });
  let held = remembered;
  const memory: Memory = {
    get: () => held,
    set: (changes) => {
      const next = Object.entries({ ...held, ...changes }).filter(([, value]) => value);
      held = Object.fromEntries(next);
    },
  };
  const thread = new Thread(client, memory, () => given, () => undefined);
  return {
    thread,
    memory,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

test('a question opens a thread, the next one goes on with it', async () => {
  await using it = await talk([streamed('One [1].'), streamed('Two.', { answered: false })]);
  await it.thread.ask('first');
  await it.thread.ask('second');
  assert.deepEqual(it.seen, [
    'POST /chat/stream cevvo_vt_new',
    'POST /chat/stream cevvo_vt_new thr_1',
  ]);
  const [first, second] = it.thread.turns;
  assert.deepEqual([first?.state, first?.text, first?.messageId], ['done', 'One [1].', 'msg_1']);
  assert.deepEqual(first?.sources, SOURCES);
  assert.deepEqual([first?.needsPerson, second?.needsPerson], [false, true]);
  assert.equal(it.memory.get().thread, 'thr_1');
});

test('a thread that is not this visitor’s any more: a new one begins, as somebody new', async () => {
  await using it = await talk([failure(404, 'not_found'), streamed('Hello.')], {
    thread: 'thr_old',
    token: 'cevvo_vt_old',
    expires: Date.now() + 80_000_000,
  });
  await it.thread.ask('again');
  assert.deepEqual(it.seen, [
    'POST /chat/stream cevvo_vt_old thr_old',
    'POST /chat/stream cevvo_vt_new',
  ]);
  assert.equal(it.thread.turns[0]?.state, 'done');
});

test('a token of the website’s that has expired is not used again', async () => {
  const answers = [failure(401, 'invalid_visitor_token'), streamed('Hello.'), streamed('Hi.')];
  await using it = await talk(answers, {}, 'cevvo_vt_given');
  assert.equal(it.thread.known, true);
  await it.thread.ask('first');
  await it.thread.ask('second');
  const tokens = it.seen.map((each) => each.split(' ')[2]);
  assert.deepEqual(tokens, ['cevvo_vt_given', 'cevvo_vt_new', 'cevvo_vt_new']);
  assert.equal(it.thread.known, false);
});

for (const [name, answer, text, seconds] of [
  ['too many', failure(429, 'rate_limit_exceeded', { 'retry-after': '7' }), 'busy', 7],
  ['too many at once', failure(429, 'rate_limit_exceeded', { 'retry-after': '1' }), 'busy', 2],
  ['the day’s budget', failure(429, 'budget_exceeded', { 'retry-after': '9' }), 'used_up', 0],
  ['a server in trouble', failure(503, 'unavailable'), 'failed', 0],
  ['a break', streamed('Half an', { whole: false }), 'broken', 0],
  ['no connection', (response) => response.destroy(), 'offline', 0],
] satisfies [string, Answer, string, number][]) {
  test(`${name}: it is said, and the question is kept`, async () => {
    await using it = await talk([answer, streamed('Now.')]);
    await it.thread.ask('my question');
    const [turn] = it.thread.turns;
    assert.deepEqual([turn?.state, turn?.problem], ['failed', { text, seconds }]);
    assert.equal(it.memory.get().draft, 'my question');
    if (turn) await it.thread.again(turn);
    assert.deepEqual(
      it.thread.turns.map(({ question, state }) => [question, state]),
      [['my question', 'done']],
    );
    assert.equal(it.memory.get().draft, undefined);
  });
}

test('stopped before the first word is no failure', async () => {
  const asked: (() => void)[] = [];
  const silent: Answer = () => asked.shift()?.();
  await using it = await talk([silent, silent]);
  for (const question of ['first', 'second']) {
    const arrived = new Promise<void>((seen) => asked.push(seen));
    const answered = it.thread.ask(question);
    await arrived;
    it.thread.stop();
    await answered;
    const turn = it.thread.turns.at(-1);
    assert.deepEqual([turn?.question, turn?.state, turn?.problem], [question, 'stopped', null]);
  }
  assert.equal(it.memory.get().draft, undefined);
});

test('a comment is not sent before the rating that came first has arrived', async () => {
  const held: (() => void)[] = [];
  await using it = await talk([
    streamed('Now.'),
    (...asked) => held.push(() => json(200, {})(...asked)),
    json(200, {}),
  ]);
  await it.thread.ask('how?');
  const [turn] = it.thread.turns;
  assert.ok(turn);
  const ratings = () => it.seen.filter((each) => each.startsWith('POST /feedback')).length;
  const rated = it.thread.rate(turn, 'negative', null);
  const explained = it.thread.rate(turn, 'negative', 'Too short.');
  while (held.length === 0) await setTimeout(5);
  await setTimeout(50);
  assert.equal(ratings(), 1);
  held[0]?.();
  assert.deepEqual(await Promise.all([rated, explained]), [true, true]);
  assert.equal(ratings(), 2);
});

test('a stored conversation comes back as turns', () => {
  const at = { created_at: '2026-03-14T11:00:00Z' };
  const messages: Message[] = [
    { id: 'm1', role: 'user', content: 'a', ...at },
    { id: 'm2', role: 'assistant', content: 'b', answered: true, sources: [], ...at },
    { id: 'm3', role: 'user', content: 'c', ...at },
  ];
  assert.deepEqual(
    turnsOf(messages).map(({ question, text, state }) => [question, text, state]),
    [
      ['a', 'b', 'done'],
      ['c', '', 'stopped'],
    ],
  );
});

test('is read aloud without marks and signs', () => {
  assert.equal(plain('Open **it** [1].\n\n- a `b` [2]\n- [c](https://x.test)'), 'Open it. a b c');
});

test('a browser without storage remembers for as long as the page is open', () => {
  const memory = memoryFor('cevvo_pk_1234567890', () => 1000);
  memory.set({ token: 't', expires: 1001, thread: 'thr_1', draft: 'x' });
  assert.equal(memory.get().thread, 'thr_1');
  memory.set({ expires: 999 });
  assert.deepEqual(memory.get(), { draft: 'x' }); // nobody can be told by the token any more
});
