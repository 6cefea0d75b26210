/** What went wrong, and what to do about it, in words for people. */
import {
  APIConnectionError,
  APIError,
  PermissionDeniedError,
  RateLimitError,
  StreamError,
} from '@cevvo/sdk';
import { plural } from './format.ts';

export interface Explanation {
  title: string;
  detail: string;
  requestId: string | null;
}

/** Whether nothing answered, or only what stands before the server: it may be back soon. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof APIError) return [502, 503, 504].includes(error.status);
  return error instanceof APIConnectionError;
}

export function explain(error: unknown): Explanation {
  const requestId =
    error instanceof APIError || error instanceof StreamError ? error.request_id : null;
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof RateLimitError) {
    const wait =
      error.retryAfter === null ? 'a moment' : plural(Math.ceil(error.retryAfter), 'second');
    return { title: `Too many requests: wait ${wait}`, detail, requestId };
  }
  if (error instanceof PermissionDeniedError) {
    return { title: 'That is not allowed', detail, requestId };
  }
  if (error instanceof StreamError) {
    return { title: 'The answer broke off', detail, requestId };
  }
  if (error instanceof APIConnectionError) {
    return {
      title: 'The server cannot be reached',
      detail: 'Check that cevvo is running and that you are online, then try again.',
      requestId,
    };
  }
  if (error instanceof APIError && error.status >= 500) {
    return { title: 'The server had a problem', detail, requestId };
  }
  return { title: 'That did not work', detail, requestId };
}
