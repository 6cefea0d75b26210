import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFileSync } from 'node:fs';
import {
  Cevvo,
  CevvoError,
  JobError,
  NotFoundError,
  responseOf,
  VERSION,
} from '../src/index.ts';
import { failure, json, serve } from './server.ts';

test('sends the key, and gives the request id on results and errors', async () => {
  await using server = await serve(
    json({ total_messages: 2 }, 200, { 'x-request-id': 'req_7' }),
    failure(404, 'not_found'),
  );
  const client = server.client();
  const overview = await client.analytics.overview({ period: '30d' });
  assert.equal((overview as unknown as { request_id: string }).request_id, 'req_7');
  assert.deepEqual(Object.keys(overview), ['total_messages']);
  assert.equal(server.seen[0]?.url, '/api/v1/analytics/overview?period=30d');
  assert.equal(server.seen[0]?.headers.authorization, 'Bearer cevvo_sk_test');
  await assert.rejects(
    client.conversations.get('thr_/x'),
    (error: NotFoundError) => error instanceof NotFoundError && error.request_id === 'req_1',
  );
  assert.equal(server.seen[1]?.url, '/api/v1/conversations/thr_%2Fx');
});

test('a list is awaited for a page and iterated for everything', async () => {
  const page = (number: number, ...ids: string[]) =>
    json({ data: ids.map((id) => ({ id })), meta: { page: number, per_page: 2, total: 5 } });
  const pages = [page(1, 'a', 'b'), page(2, 'c', 'd'), page(3, 'e')];
  await using server = await serve((response, request) => {
    const number = Number(new URL(request.url, 'http://x').searchParams.get('page') ?? 1);
    pages[number - 1]?.(response, request);
  });
  const { sources } = server.client();
  const first = await sources.list({ per_page: 2, type: 'website' });
  assert.deepEqual([first.data.length, first.meta.total, first.hasNext], [2, 5, true]);
  const second = await first.next();
  assert.deepEqual(
    second?.data.map((source) => source.id),
    ['c', 'd'],
  );
  const all: string[] = [];
  for await (const source of sources.list({ per_page: 2 })) all.push(source.id);
  assert.deepEqual(all, ['a', 'b', 'c', 'd', 'e']);
  assert.equal(server.seen[1]?.url, '/api/v1/sources?per_page=2&type=website&page=2');
});

test('uploadAndWait follows the job to its end', async () => {
  const job = (status: string, progress: number) => json({ job_id: 'job_1', status, progress });
  await using server = await serve(
    json({ job_id: 'job_1', status: 'processing' }, 202),
    job('processing', 0.5),
    job('completed', 1),
  );
  const seen: (number | null | undefined)[] = [];
  const done = await server
    .client()
    .ingest.uploadAndWait(
      { file: new File(['text'], 'a.txt') },
      { onProgress: (state) => seen.push(state.progress) },
    );
  assert.equal(done.status, 'completed');
  assert.deepEqual(seen, [0.5, 1]);
});

test('metadata is sent with a file, a page and a text, and is read on a document', async () => {
  const metadata = { product: 'pro' };
  const accepted = json({ job_id: 'job_1', status: 'processing' }, 202);
  const document = json({ id: 'doc_1', text: '# A', metadata });
  await using server = await serve(accepted, accepted, accepted, document);
  const { ingest, sources } = server.client();
  await ingest.upload({ file: new File(['text'], 'a.txt'), metadata });
  await ingest.url({ url: 'https://a.example/', metadata });
  await ingest.text({ title: 'A', content: 'text', metadata });
  assert.match(server.seen[0]?.body ?? '', /name="metadata"\r\n\r\n\{"product":"pro"\}\r\n/);
  assert.deepEqual(JSON.parse(server.seen[1]?.body ?? ''), { url: 'https://a.example/', metadata });
  assert.deepEqual(JSON.parse(server.seen[2]?.body ?? '').metadata, metadata);
  assert.equal((await sources.document('src_1', 'doc_1')).metadata['product'], 'pro');
});

test('jobs are listed, looked into and cancelled', async () => {
  const meta = { page: 1, per_page: 20, total: 1 };
  await using server = await serve(
    json({ data: [{ job_id: 'job_1' }], meta }),
    json({ data: [{ url: 'https://a.example/', verdict: 'refused' }], meta }),
    json({ job_id: 'job_1', status: 'cancelled' }),
  );
  const { ingest } = server.client();
  const [job] = (await ingest.jobs({ status: 'failed', source_id: 'src_1' })).data;
  assert.equal(job?.job_id, 'job_1');
  for await (const page of ingest.pages('job_1', { verdict: 'refused' })) {
    assert.equal(page.verdict, 'refused');
  }
  assert.equal((await ingest.cancel('job_1')).status, 'cancelled');
  assert.deepEqual(
    server.seen.map(({ method, url }) => `${method} ${url}`),
    [
      'GET /api/v1/ingest/jobs?status=failed&source_id=src_1',
      'GET /api/v1/ingest/jobs/job_1/pages?verdict=refused',
      'POST /api/v1/ingest/jobs/job_1/cancel',
    ],
  );
});

test('a website is previewed; a document is read and its original comes as bytes', async () => {
  await using server = await serve(
    json({ pages: [{ url: 'https://a.example/', taken: true }], complete: true }),
    json({ id: 'doc_1', text: '# A' }),
    (response) => {
      response.writeHead(200, { 'content-type': 'application/pdf' });
      response.end(Uint8Array.of(37, 80, 0, 255));
    },
    failure(404, 'not_found'),
  );
  const { sources } = server.client();
  const request = { url: 'https://a.example/', crawl: { exclude: ['/blog'] } };
  assert.equal((await sources.preview(request)).pages[0]?.taken, true);
  assert.deepEqual(JSON.parse(server.seen[0]?.body ?? ''), request);
  assert.equal((await sources.document('src_1', 'doc_1')).text, '# A');
  const original = await sources.original('src_1', 'doc_1');
  assert.equal(original.type, 'application/pdf');
  assert.deepEqual(new Uint8Array(await original.arrayBuffer()), Uint8Array.of(37, 80, 0, 255));
  assert.equal(server.seen[2]?.url, '/api/v1/sources/src_1/documents/doc_1/original');
  await assert.rejects(sources.original('src_1', 'doc_2'), NotFoundError);
});

test('a job that fails is thrown with its reason', async () => {
  await using server = await serve(
    json({
      job_id: 'job_1',
      status: 'failed',
      error: { code: 'broken_file', message: 'The PDF is damaged.' },
    }),
  );
  await assert.rejects(
    server.client().ingest.wait('job_1'),
    (error: JobError) =>
      error instanceof JobError &&
      error.message === 'The PDF is damaged.' &&
      error.job.status === 'failed',
  );
});

test('reads and changes how answers are given, and what they took', async () => {
  await using server = await serve(json({ tokens_per_day: 9 }));
  const client = server.client();
  await client.settings.answers();
  const changes = { refuse: [{ topic: 'discounts' }], handover: { policy: true }, synonyms: null };
  const changed = await client.settings.updateAnswers(changes);
  await client.usage({ period: '30d' });
  await client.conversations.escalate('thr_1', 'Sales, please.');
  assert.equal(changed.tokens_per_day, 9);
  assert.deepEqual(
    server.seen.map(({ method, url }) => `${method} ${url}`),
    [
      'GET /api/v1/settings/answers',
      'PUT /api/v1/settings/answers',
      'GET /api/v1/usage?period=30d',
      'POST /api/v1/conversations/thr_1/escalate',
    ],
  );
  assert.deepEqual(JSON.parse(server.seen[1]?.body ?? ''), changes);
  assert.deepEqual(JSON.parse(server.seen[3]?.body ?? ''), { reason: 'Sales, please.' });
});

test('reads and changes the widget', async () => {
  await using server = await serve(json({ color: '#aabbcc', language: 'de' }));
  const client = server.client();
  const { color } = await client.settings.widget();
  await client.settings.updateWidget({ texts: { en: { title: 'Ask' } }, language: null });
  await client.settings.shownWidget({ language: 'de-AT,en' });
  assert.equal(color, '#aabbcc');
  assert.deepEqual(
    server.seen.map(({ method, url, body }) => `${method} ${url} ${body}`.trim()),
    [
      'GET /api/v1/settings/widget',
      'PUT /api/v1/settings/widget {"texts":{"en":{"title":"Ask"}},"language":null}',
      'GET /api/v1/widget?language=de-AT%2Cen',
    ],
  );
});

test('without a key it says what to do', () => {
  assert.throws(() => new Cevvo({ apiKey: '' }), /CEVVO_API_KEY/);
  assert.throws(() => new Cevvo({ apiKey: 'cevvo_sk_…' }), /copy it again/);
});

test('a base URL that is none is refused', () => {
  const options = { apiKey: 'cevvo_sk_abc', baseURL: '127.0.0.1:8420' };
  assert.throws(() => new Cevvo(options), /such as http:/);
});

test('a variable of the environment that is empty is as good as none', () => {
  process.env.CEVVO_BASE_URL = '';
  try {
    assert.ok(new Cevvo({ apiKey: 'cevvo_sk_abc' }));
  } finally {
    delete process.env.CEVVO_BASE_URL;
  }
});

test('any path can be asked, and the response behind a result is known', async () => {
  await using server = await serve(json({ newer: 1 }), json({}, 200, { 'x-ratelimit-limit': '9' }));
  const client = server.client();
  const response = await client.request('GET', '/newer', { query: { a: 1, b: null } });
  assert.deepEqual(await response.json(), { newer: 1 });
  assert.equal(server.seen[0]?.url, '/api/v1/newer?a=1');
  const overview = await client.analytics.overview();
  assert.equal(responseOf(overview)?.headers.get('x-ratelimit-limit'), '9');
});

test('CEVVO_LOG shows requests, without the key', async (context) => {
  await using server = await serve(json({}));
  const { mock } = context.mock.method(console, 'error', () => undefined);
  process.env.CEVVO_LOG = 'info';
  const client = server.client();
  delete process.env.CEVVO_LOG;
  await client.analytics.overview({ period: '7d' });
  assert.match(
    String(mock.calls[0]?.arguments[0]), /^cevvo GET .*\/analytics\/overview: 200$/,
  );
});

test('the version is that of the package', () => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  assert.equal(VERSION, JSON.parse(manifest).version);
});

test('a secret key is refused in a browser unless the page insists', () => {
  const scope = globalThis as { window?: unknown; document?: unknown };
  scope.window = scope.document = {};
  try {
    const options = { apiKey: 'cevvo_sk_abc', baseURL: 'http://127.0.0.1:1' };
    assert.throws(() => new Cevvo(options), CevvoError);
    assert.doesNotThrow(() => new Cevvo({ ...options, allowSecretKeyInBrowser: true }));
    assert.doesNotThrow(() => new Cevvo({ ...options, apiKey: 'cevvo_pk_abc' }));
  } finally {
    delete scope.window;
    delete scope.document;
  }
});

test('without a key none is sent', async () => {
  await using server = await serve(json({ deleted: true }));
  const client = new Cevvo({ apiKey: null, baseURL: server.baseURL });
  const response = await client.request('DELETE', '/session', { query: { all: true } });
  assert.deepEqual(await response.json(), { deleted: true });
  assert.equal(server.seen[0]?.headers.authorization, undefined);
  assert.equal(server.seen[0]?.url, '/api/v1/session?all=true');
});
