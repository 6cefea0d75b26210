/** Drives the SDK as `sdks/README.md` says: calls by name in, outcomes out. */
import { APIError, Cevvo, CevvoError, responseOf } from '../src/index.ts';

// biome-ignore lint: arguments come out of JSON
type Args = Record<string, any>;
export type Outcome = Record<string, unknown>;
export interface Options {
  timeout?: number;
  max_retries?: number;
  idempotency_key?: string;
  headers?: Record<string, string>;
}

/** What came of a call. */
export async function run(
  client: Cevvo,
  call: string,
  args: Args,
  options: Options = {},
): Promise<Outcome> {
  const texts: string[] = [];
  const chosen = requestOptions(options);
  try {
    if (!call.startsWith('chat.stream')) return await returned(CALLS[call]!(client, args, chosen));
    const stream = client.chat.stream(args as { message: string }, chosen);
    for await (const text of stream.textStream) {
      texts.push(text);
      if (call === 'chat.stream.leave') return { texts };
    }
    return { ...(await returned(stream.final())), texts };
  } catch (error) {
    if (!(error instanceof CevvoError)) throw error;
    return { ...raised(error), texts };
  }
}

type Chosen = ReturnType<typeof requestOptions>;

function requestOptions(options: Options) {
  return {
    ...(options.timeout !== undefined && { timeout: options.timeout * 1000 }),
    ...(options.max_retries !== undefined && { maxRetries: options.max_retries }),
    ...(options.idempotency_key !== undefined && { idempotencyKey: options.idempotency_key }),
    ...(options.headers && { headers: options.headers }),
  };
}

const waiting = ({ wait_timeout }: Args, options: Chosen) =>
  wait_timeout === undefined ? options : { ...options, waitTimeout: wait_timeout * 1000 };
const uploaded = ({ file_name, content, source_id, metadata }: Args) => ({
  file: { name: file_name, content },
  source_id,
  metadata,
});

const CALLS: Record<string, (client: Cevvo, args: any, options: Chosen) => unknown> = {
  'analytics.overview': (c, args, o) => c.analytics.overview(args, o),
  'analytics.timeseries': (c, args, o) => c.analytics.timeseries(args, o),
  'analytics.top_questions': (c, args, o) => c.analytics.topQuestions(args, o),
  'analytics.coverage_gaps': (c, args, o) => c.analytics.coverageGaps(args, o),
  'analytics.coverage_gap': (c, { id }, o) => c.analytics.coverageGap(id, o),
  'analytics.update_coverage_gap': (c, { id, ...rest }, o) =>
    c.analytics.updateCoverageGap(id, rest as { status: 'open' }, o),
  'analytics.answer_coverage_gap': (c, { id, ...rest }, o) =>
    c.analytics.answerCoverageGap(id, rest as { title: string; content: string }, o),
  'analytics.conflicts': (c, args, o) => c.analytics.conflicts(args, o),
  'analytics.stale_answers': (c, args, o) => c.analytics.staleAnswers(args, o),
  'api_keys.list': (c, args, o) => c.apiKeys.list(args, o),
  'api_keys.create': (c, args, o) => c.apiKeys.create(args, o),
  'api_keys.rotate': (c, { id, ...rest }, o) => c.apiKeys.rotate(id, rest, o),
  'api_keys.revoke': (c, { id }, o) => c.apiKeys.revoke(id, o),
  'audit_log.list': (c, args, o) => c.auditLog.list(args, o),
  'chat.create': (c, args, o) => c.chat.create(args, o),
  'conversations.list': (c, args, o) => c.conversations.list(args, o),
  'conversations.export': (c, args, o) => c.conversations.export(args, o),
  'conversations.get': (c, { id }, o) => c.conversations.get(id, o),
  'conversations.escalate': (c, { id, reason }, o) => c.conversations.escalate(id, reason, o),
  'conversations.delete': (c, { id }, o) => c.conversations.delete(id, o),
  'conversations.delete_by_user': (c, { user_id }, o) => c.conversations.deleteByUser(user_id, o),
  feedback: (c, args, o) => c.feedback(args, o),
  'ingest.upload': (c, args, o) =>
    c.ingest.upload(uploaded(args), o),
  'ingest.upload_and_wait': (c, args, o) =>
    c.ingest.uploadAndWait(uploaded(args), waiting(args, o)),
  'ingest.url': (c, args, o) => c.ingest.url(args, o),
  'ingest.text': (c, args, o) => c.ingest.text(args, o),
  'ingest.status': (c, { job_id }, o) => c.ingest.status(job_id, o),
  'ingest.wait': (c, args, o) => c.ingest.wait(args.job_id, waiting(args, o)),
  'ingest.jobs': (c, args, o) => c.ingest.jobs(args, o),
  'ingest.stream_jobs': (c, _, o) => c.ingest.streamJobs(o),
  'ingest.pages': (c, { job_id, ...rest }, o) => c.ingest.pages(job_id, rest, o),
  'ingest.cancel': (c, { job_id }, o) => c.ingest.cancel(job_id, o),
  'messages.trace': (c, { id }, o) => c.messages.trace(id, o),
  'messages.replay': (c, { id }, o) => c.messages.replay(id, o),
  'settings.answers': (c, _, o) => c.settings.answers(o),
  'settings.update_answers': (c, args, o) => c.settings.updateAnswers(args, o),
  'settings.retention': (c, _, o) => c.settings.retention(o),
  'settings.update_retention': (c, args, o) => c.settings.updateRetention(args, o),
  'settings.widget': (c, _, o) => c.settings.widget(o),
  'settings.update_widget': (c, args, o) => c.settings.updateWidget(args, o),
  'settings.shown_widget': (c, args, o) => c.settings.shownWidget(args, o),
  'sources.create': (c, args, o) => c.sources.create(args, o),
  'sources.list': (c, args, o) => c.sources.list(args, o),
  'sources.preview': (c, args, o) => c.sources.preview(args, o),
  'sources.get': (c, { id }, o) => c.sources.get(id, o),
  'sources.update': (c, { id, ...changes }, o) => c.sources.update(id, changes, o),
  'sources.delete': (c, { id }, o) => c.sources.delete(id, o),
  'sources.sync': (c, { id }, o) => c.sources.sync(id, o),
  'sources.documents': (c, { id, ...rest }, o) => c.sources.documents(id, rest, o),
  'sources.document': (c, { id, document_id }, o) => c.sources.document(id, document_id, o),
  'sources.find_document': (c, { document_id }, o) => c.sources.findDocument(document_id, o),
  'sources.questions': (c, { id, ...rest }, o) => c.sources.questions(id, rest, o),
  'sources.original': (c, { id, document_id }, o) => c.sources.original(id, document_id, o),
  'sources.delete_document': (c, { id, document_id }, o) =>
    c.sources.deleteDocument(id, document_id, o),
  usage: (c, args, o) => c.usage(args, o),
  'visitor_tokens.create': (c, args, o) => c.visitorTokens.create(args, o),
  'webhooks.list': (c, args, o) => c.webhooks.list(args, o),
  'webhooks.create': (c, args, o) => c.webhooks.create(args, o),
  'webhooks.get': (c, { id }, o) => c.webhooks.get(id, o),
  'webhooks.update': (c, { id, ...changes }, o) => c.webhooks.update(id, changes, o),
  'webhooks.delete': (c, { id }, o) => c.webhooks.delete(id, o),
  'webhooks.rotate': (c, { id, ...rest }, o) => c.webhooks.rotate(id, rest, o),
  'webhooks.test': (c, { id }, o) => c.webhooks.test(id, o),
  'webhooks.deliveries': (c, { id, ...rest }, o) => c.webhooks.deliveries(id, rest, o),
  'webhooks.retry': (c, { id, delivery_id }, o) => c.webhooks.retry(id, delivery_id, o),
};

async function returned(result: unknown): Promise<Outcome> {
  if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result) {
    const data: unknown[] = [];
    for await (const item of result as AsyncIterable<unknown>) data.push(item);
    return { result: { data } };
  }
  const value = await result;
  if (value instanceof Blob) return { result: await value.text() };
  return { result: value, request_id: responseOf(value as object)?.headers.get('x-request-id') };
}

function raised(error: CevvoError): Outcome {
  const { name, message } = error;
  const { status, code, param, request_id, retryAfter } = error as Partial<APIError> & Args;
  return {
    error: { class: name, message, status, code, param, request_id, retry_after: retryAfter },
  };
}
