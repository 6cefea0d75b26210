import {
  APIConnectionError,
  APIError,
  APITimeoutError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  type ErrorBody,
  InternalServerError,
  NotFoundError,
  PayloadTooLargeError,
  PermissionDeniedError,
  RateLimitError,
} from './errors.ts';
import { retryAfter, retryDelay, shouldRetry, sleep } from './retry.ts';

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
  apiKey: string;
  baseURL: string;
  timeout: number;
  maxRetries: number;
  fetch: typeof fetch;
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

  /** The parsed JSON answer; the request's id is on it as a hidden `request_id`. */
  json<T>(call: Call, options?: RequestOptions): Promise<T> {
    return this.#read(call, options, 'The answer is not JSON or broke off', async (response) => {
      const value = (await response.json()) as T;
      return withRequestId(value, response.headers.get('x-request-id'));
    });
  }

  /** The answer's bytes. */
  bytes(call: Call, options?: RequestOptions): Promise<Blob> {
    return this.#read(call, options, 'The answer broke off', (response) => response.blob());
  }

  async #read<T>(
    call: Call,
    options: RequestOptions = {},
    failure: string,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const deadline = this.#deadline(options);
    try {
      const response = await this.#send(call, options, deadline);
      try {
        return await read(response);
      } catch (error) {
        throw deadline.translate(error, failure);
      }
    } finally {
      deadline.clear();
    }
  }

  /** The answer with its body still to be read; `options.signal` ends the reading, too. */
  async stream(call: Call, options: RequestOptions = {}): Promise<Response> {
    const deadline = this.#deadline(options);
    try {
      return await this.#send(call, options, deadline);
    } finally {
      deadline.clear();
    }
  }

  #deadline(options: RequestOptions): Deadline {
    return new Deadline(options.timeout ?? this.config.timeout, options.signal);
  }

  async #send(call: Call, options: RequestOptions, deadline: Deadline): Promise<Response> {
    const request = await this.#request(call, options);
    const retries = options.maxRetries ?? this.config.maxRetries;
    for (let attempt = 0; ; attempt++) {
      const last = attempt >= retries;
      let asked: number | null = null;
      try {
        const signal = deadline.start();
        const response = await this.config.fetch(request.url, { ...request.init, signal });
        if (response.ok) return response;
        asked = retryAfter(response.headers, Date.now());
        const error = await apiError(response, asked);
        if (last || !shouldRetry(response.status, error.code, response.headers)) throw error;
      } catch (cause) {
        const error = deadline.translate(cause, 'No connection to the server');
        if (last || !(error instanceof APIConnectionError)) throw error;
      }
      deadline.clear();
      await sleep(retryDelay(attempt, asked, Math.random()), options.signal);
    }
  }

  async #request(call: Call, options: RequestOptions): Promise<{ url: string; init: RequestInit }> {
    const headers = new Headers({
      authorization: `Bearer ${this.config.apiKey}`,
      accept: call.accept ?? 'application/json',
    });
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
    return { url, init: { method: call.method, headers, body } };
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
    this.#outer?.throwIfAborted();
    const controller = new AbortController();
    this.#expired = false;
    this.#timer = setTimeout(() => {
      this.#expired = true;
      controller.abort();
    }, this.#limit);
    return this.#outer ? AbortSignal.any([this.#outer, controller.signal]) : controller.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  translate(error: unknown, what: string): unknown {
    if (error instanceof APIError) return error;
    if (this.#outer?.aborted) return this.#outer.reason;
    if (this.#expired) return new APITimeoutError(`No answer within ${this.#limit} ms.`);
    const detail = error instanceof Error ? error.message : String(error);
    return new APIConnectionError(`${what}: ${detail}`, { cause: error });
  }
}

async function apiError(response: Response, asked: number | null): Promise<APIError> {
  const { status, headers } = response;
  const body = await errorBody(response);
  switch (status) {
    case 400:
      return new BadRequestError(status, body, headers);
    case 401:
      return new AuthenticationError(status, body, headers);
    case 403:
      return new PermissionDeniedError(status, body, headers);
    case 404:
      return new NotFoundError(status, body, headers);
    case 409:
      return new ConflictError(status, body, headers);
    case 413:
      return new PayloadTooLargeError(status, body, headers);
    case 429:
      return new RateLimitError(status, body, headers, asked === null ? null : asked / 1000);
    default:
      return status >= 500
        ? new InternalServerError(status, body, headers)
        : new APIError(status, body, headers);
  }
}

/** The `error` object of the answer; a proxy's page or nothing at all gives an empty one. */
async function errorBody(response: Response): Promise<ErrorBody> {
  try {
    const value = (await response.json()) as { error?: ErrorBody } | null;
    return value?.error ?? {};
  } catch {
    return {};
  }
}

function queryString(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size > 0 ? `?${parameters}` : '';
}

/** 128 random bits; `crypto.randomUUID` is missing on pages served over plain http. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function withRequestId<T>(value: T, id: string | null): T {
  if (typeof value === 'object' && value !== null) {
    Object.defineProperty(value, 'request_id', { value: id, enumerable: false });
  }
  return value;
}
