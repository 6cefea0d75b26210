/**
 * Everything the SDK throws by itself:
 *
 *     CevvoError                    wrong use, and the root of all below
 *     ├─ APIError                   an error status, or an answer that no Cevvo server gives
 *     │  ├─ BadRequestError         400
 *     │  ├─ AuthenticationError     401
 *     │  ├─ PermissionDeniedError   403
 *     │  ├─ NotFoundError           404
 *     │  ├─ ConflictError           409
 *     │  ├─ PayloadTooLargeError    413
 *     │  ├─ RateLimitError          429, with retryAfter
 *     │  └─ InternalServerError     500 and above
 *     ├─ APIConnectionError         no answer arrived
 *     │  └─ APITimeoutError         … in time
 *     ├─ StreamError                a stream broke off or reported an error
 *     ├─ JobError                   an ingestion job ended without success
 *     └─ WebhookVerificationError   a webhook is not from the server, or too old
 *
 * An abort through a signal of the caller is thrown as the signal's own reason.
 */
import type { Job } from '../types.ts';
import { retryAfter } from './retry.ts';

export class CevvoError extends Error {
  override name = 'CevvoError';
}

/** The body of an API error, as far as it could be read. */
export interface ErrorBody {
  code?: string | null;
  message?: string | null;
  param?: string | null;
  request_id?: string | null;
}

export class APIError extends CevvoError {
  override name = 'APIError';
  readonly status: number;
  /** Stable and machine-readable, such as `not_found`. */
  readonly code: string | null;
  /** The field of the request that the error is about. */
  readonly param: string | null;
  readonly request_id: string | null;
  readonly headers: Headers;

  constructor(status: number, body: ErrorBody, headers: Headers) {
    super(body.message ?? '');
    this.status = status;
    this.code = body.code ?? null;
    this.param = body.param ?? null;
    this.request_id = body.request_id ?? headers.get('x-request-id');
    this.headers = headers;
  }
}

export class BadRequestError extends APIError {
  override name = 'BadRequestError';
}
export class AuthenticationError extends APIError {
  override name = 'AuthenticationError';
}
export class PermissionDeniedError extends APIError {
  override name = 'PermissionDeniedError';
}
export class NotFoundError extends APIError {
  override name = 'NotFoundError';
}
export class ConflictError extends APIError {
  override name = 'ConflictError';
}
export class PayloadTooLargeError extends APIError {
  override name = 'PayloadTooLargeError';
}
export class InternalServerError extends APIError {
  override name = 'InternalServerError';
}
export class RateLimitError extends APIError {
  override name = 'RateLimitError';
  /** Seconds to wait, if the server said so. */
  readonly retryAfter: number | null;

  constructor(status: number, body: ErrorBody, headers: Headers) {
    super(status, body, headers);
    const asked = retryAfter(headers, Date.now());
    this.retryAfter = asked === null ? null : asked / 1000;
  }
}

export class APIConnectionError extends CevvoError {
  override name = 'APIConnectionError';
}
export class APITimeoutError extends APIConnectionError {
  override name = 'APITimeoutError';
}

export class StreamError extends CevvoError {
  override name = 'StreamError';
  readonly code: string | null;
  readonly request_id: string | null;

  constructor(message: string, body: ErrorBody = {}) {
    super(message);
    this.code = body.code ?? null;
    this.request_id = body.request_id ?? null;
  }
}

export class WebhookVerificationError extends CevvoError {
  override name = 'WebhookVerificationError';
}

export class JobError extends CevvoError {
  override name = 'JobError';
  readonly job: Job;

  constructor(job: Job) {
    super(job.error?.message ?? `Job ${job.job_id} ended as ${job.status}.`);
    this.job = job;
  }
}
