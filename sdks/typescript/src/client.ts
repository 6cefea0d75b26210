import { REMEDY } from './core/answers.ts';
import { CevvoError } from './core/errors.ts';
import { type Call, type Query, type RequestOptions, Transport } from './core/transport.ts';
import { Analytics } from './resources/analytics.ts';
import { ApiKeys } from './resources/api-keys.ts';
import { AuditLog } from './resources/audit-log.ts';
import { Chat } from './resources/chat.ts';
import { Conversations } from './resources/conversations.ts';
import { Ingest } from './resources/ingest.ts';
import { Messages } from './resources/messages.ts';
import { Settings } from './resources/settings.ts';
import { Sources } from './resources/sources.ts';
import { VisitorTokens } from './resources/visitor-tokens.ts';
import { Webhooks } from './resources/webhooks.ts';
import type { Feedback, FeedbackRequest, Period, UsageReport } from './types.ts';

const DEFAULT_BASE_URL = 'https://api.cevvo.com/api/v1';

export interface CevvoOptions {
  /**
   * Default: the environment's CEVVO_API_KEY. Null sends none: for pages that a server serves
   * itself, where the session of who is signed in goes along as a cookie.
   */
  apiKey?: string | null;
  /** Default: CEVVO_BASE_URL, else https://api.cevvo.com/api/v1. */
  baseURL?: string;
  /** Milliseconds for one attempt; for a stream, of silence (60,000). */
  timeout?: number;
  /** Retries after the first attempt (2). */
  maxRetries?: number;
  fetch?: typeof fetch;
  /**
   * A secret key in a web page can be read by everyone who opens it. Only a page that its own
   * users give their own key to, such as an administration page, may set this.
   */
  allowSecretKeyInBrowser?: boolean;
}

/** The Cevvo API. Each resource is a field; every call takes RequestOptions last. */
export class Cevvo {
  readonly chat: Chat;
  readonly conversations: Conversations;
  readonly sources: Sources;
  readonly ingest: Ingest;
  readonly analytics: Analytics;
  readonly settings: Settings;
  readonly apiKeys: ApiKeys;
  readonly messages: Messages;
  readonly auditLog: AuditLog;
  readonly visitorTokens: VisitorTokens;
  readonly webhooks: Webhooks;
  #transport: Transport;

  constructor(options: CevvoOptions = {}) {
    const given = options.apiKey === null ? null : (options.apiKey ?? environment('CEVVO_API_KEY'));
    const apiKey = given === null ? null : (given ?? '').trim();
    if (apiKey === '') {
      throw new CevvoError('No API key: pass apiKey or set CEVVO_API_KEY.');
    }
    if (apiKey !== null && !/^[!-~]+$/.test(apiKey)) {
      throw new CevvoError('That is no API key: copy it again.');
    }
    if (apiKey?.startsWith('cevvo_sk_') && inBrowser() && !options.allowSecretKeyInBrowser) {
      throw new CevvoError(
        'A secret key can be read by everyone in a browser: use a publishable one (cevvo_pk_).',
      );
    }
    const baseURL = (
      options.baseURL ?? (environment('CEVVO_BASE_URL') || DEFAULT_BASE_URL)
    ).trim();
    if (!/^https?:\/\/./.test(baseURL)) {
      throw new CevvoError(`No address: ${baseURL}. ${REMEDY}`);
    }
    this.#transport = new Transport({
      apiKey,
      baseURL: baseURL.replace(/\/+$/, ''),
      timeout: options.timeout ?? 60_000,
      maxRetries: options.maxRetries ?? 2,
      fetch: options.fetch ?? fetch.bind(globalThis),
      // Requests and what came of them; never keys or contents.
      log: environment('CEVVO_LOG') ? (line) => console.error(`cevvo ${line}`) : () => undefined,
    });
    this.chat = new Chat(this.#transport);
    this.conversations = new Conversations(this.#transport);
    this.sources = new Sources(this.#transport);
    this.ingest = new Ingest(this.#transport);
    this.analytics = new Analytics(this.#transport);
    this.settings = new Settings(this.#transport);
    this.apiKeys = new ApiKeys(this.#transport);
    this.messages = new Messages(this.#transport);
    this.auditLog = new AuditLog(this.#transport);
    this.visitorTokens = new VisitorTokens(this.#transport);
    this.webhooks = new Webhooks(this.#transport);
  }

  /**
   * Any call to the API, such as one that is newer than this package, as its raw response. `path`
   * is below the base URL: `/sources`. Key, retries and errors are as everywhere.
   */
  request(
    method: Call['method'],
    path: string,
    content: { query?: Query; json?: unknown } = {},
    options?: RequestOptions,
  ): Promise<Response> {
    return this.#transport.stream({ method, path, ...content }, options);
  }

  /** Rates an answer; a second rating of the same one replaces the first. */
  feedback(request: FeedbackRequest, options?: RequestOptions): Promise<Feedback> {
    return this.#transport.json({ method: 'POST', path: '/feedback', json: request }, options);
  }

  /** What language models took, by day, key and model (7d unless told). */
  usage(params: { period?: Period } = {}, options?: RequestOptions): Promise<UsageReport> {
    return this.#transport.json({ method: 'GET', path: '/usage', query: { ...params } }, options);
  }
}

function environment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name];
}

function inBrowser(): boolean {
  return typeof window !== 'undefined' && typeof document !== 'undefined';
}
