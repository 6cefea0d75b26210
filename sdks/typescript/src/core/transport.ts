import { VERSION } from '../version.ts';
import { apiError, type Name, noApi, REMEDY, remember } from './answers.ts';
import { APIConnectionError, APIError, APITimeoutError } from './errors.ts';
import { type PageParams, PagePromise } from './page.ts';
import { retryAfter, retryDelay, shouldRetry, sleep } from './retry.ts';
import { either } from './signals.ts';

/** What a single call may set apart from the client. Times are milliseconds. */
export interface RequestOptions {
  signal?: AbortSignal;
  timeout?: number;
  maxRetries?: number;
  headers?: Record<string, string>;
  /** Sent as `Idempotency-Key`; a POST without one gets a random one. */
  idempotencyKey?: string;
}

export interface TransportConfig {
  /** Null: none is sent. */
  apiKey: string | null;
  baseURL: string;
  timeout: number;
  maxRetries: number;
  fetch: typeof fetch;
  /** Told of every attempt: the request and what came of it. */
  log: (line: string) => void;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  query?: Query | undefined;
  json?: unknown;
  form?: FormData;
  accept?: string;
}

/** Sends calls to the API: authentication, deadlines, retries, errors. The only place that fetches. */
export class Transport {
  readonly config: TransportConfig;

  constructor(config: TransportConfig) {
    this.config = config;
  }

  /** The JSON object that the API answers; `responseOf` knows the response that it came in. */
  json<T>(call: Call, options?: RequestOptions): Promise<T> {
    return this.#send(call, options, async (response, request) => {
      const text = await response.text();
      try {
        return remember(JSON.parse(text) as T & object, response);
      } catch {
        throw noApi(response, request);
      }
    });
  }

  /** A list that comes in pages. */
  list<T>(path: string, params: PageParams, options?: RequestOptions): PagePromise<T> {
    return new PagePromise(
      (page) => this.json({ method: 'GET', path, query: { ...params, page } }, options),
      params.page,
    );
  }

  /** The answer's bytes. */
  bytes(call: Call, options?: RequestOptions): Promise<Blob> {
    return this.#send(call, options, (response) => response.blob());
  }

  /** The answer with its body still to be read; `options.signal` ends the reading, too. */
  stream(call: Call, options?: RequestOptions): Promise<Response> {
    return this.#send(call, options, async (response) => response);
  }

  /** What `read` makes of a successful answer; reading is part of an attempt. */
  async #send<T>(
    call: Call,
    options: RequestOptions = {},
    read: (response: Response, request: Name) => Promise<T>,
  ): Promise<T> {
    const { url, init } = await this.#request(call, options);
    const request = `${call.method} ${url.split('?')[0]}`;
    const deadline = new Deadline(options.timeout ?? this.config.timeout, options.signal);
    for (let attempt = 0; ; attempt++) {
      let error: APIError | APIConnectionError;
      let asked: number | null = null;
      let again: boolean;
      try {
        const response = await this.config.fetch(url, { ...init, signal: deadline.start() });
        if (response.ok) {
          const value = await read(response, request);
          this.config.log(`${request}: ${response.status}`);
          return value;
        }
        const failure = await apiError(response, request);
        error = failure;
        again = shouldRetry(response.status, failure.code, response.headers);
        asked = retryAfter(response.headers, Date.now());
      } catch (cause) {
        error = deadline.translate(cause, request);
        again = error instanceof APIConnectionError;
      } finally {
        deadline.clear();
      }
      this.config.log(`${request}: ${error.message}`);
      if (!again || attempt >= (options.maxRetries ?? this.config.maxRetries)) throw error;
      await sleep(retryDelay(attempt, asked, Math.random()), options.signal);
    }
  }

  async #request(call: Call, options: RequestOptions): Promise<{ url: string; init: RequestInit }> {
    const headers = new Headers({ accept: call.accept ?? 'application/json' });
    if (this.config.apiKey !== null) headers.set('authorization', `Bearer ${this.config.apiKey}`);
    // In a browser it would be one more header to be allowed across origins.
    const { process } = globalThis as { process?: { versions?: unknown } };
    if (process?.versions) headers.set('user-agent', `cevvo-typescript/${VERSION}`);
    let body: BodyInit | null = null;
    if (call.form) {
      // Encoded once: a boundary that changed over the retries would make it another request.
      const encoded = new Response(call.form);
      headers.set('content-type', encoded.headers.get('content-type') ?? '');
      body = await encoded.arrayBuffer();
    } else if (call.json !== undefined) {
      headers.set('content-type', 'application/json');
      body = JSON.stringify(call.json);
    }
    if (call.method === 'POST') {
      headers.set('idempotency-key', options.idempotencyKey ?? randomKey());
    }
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    const url = this.config.baseURL + call.path + queryString(call.query);
    // Where a redirect leads no key goes.
    return { url, init: { method: call.method, headers, body, redirect: 'manual' } };
  }
}

/** One time limit, started anew for each attempt, joined with the caller's signal. */
class Deadline {
  #limit: number;
  #outer: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #expired = false;

  constructor(limit: number, outer: AbortSignal | undefined) {
    this.#limit = limit;
    this.#outer = outer;
  }

  /** The signal of a new attempt. */
  start(): AbortSignal {
    if (this.#outer?.aborted) throw this.#outer.reason;
    const controller = new AbortController();
    this.#expired = false;
    this.#timer = setTimeout(() => {
      this.#expired = true;
      controller.abort();
    }, this.#limit);
    return this.#outer ? either(this.#outer, controller.signal) : controller.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  /** Throws the reason of a caller who has aborted. */
  translate(error: unknown, request: Name): APIError | APIConnectionError {
    if (error instanceof APIError) return error;
    if (this.#outer?.aborted) throw this.#outer.reason;
    if (this.#expired) {
      return new APITimeoutError(`${request}: no answer within ${this.#limit} ms.`);
    }
    return new APIConnectionError(`${request}: ${detail(error)}. ${REMEDY}`, { cause: error });
  }
}

/** What `fetch` hides behind "fetch failed". */
function detail(error: unknown): string {
  const { code, message } = ((error as Error).cause ?? error) as { code?: string; message?: string };
  return message || code || String(error);
}

function queryString(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) parameters.set(name, String(value));
  }
  const written = parameters.toString();
  return written && `?${written}`;
}

/** 128 random bits; `crypto.randomUUID` is missing on pages served over plain http. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
