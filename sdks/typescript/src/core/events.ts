/** The events of a streamed response. */
import { type Name, noApi } from './answers.ts';
import { APIConnectionError, APITimeoutError, type ErrorBody, StreamError } from './errors.ts';
import { SSEDecoder } from './sse.ts';

export const BROKEN = 'The stream broke off before its end.';

/** The `data` of each event. Throws when nothing arrives for `idle` ms, or once `signal` says so. */
export async function* eventData(
  response: Response,
  request: Name,
  idle: number,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    throw noApi(response, request);
  }
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new SSEDecoder();
  try {
    for (;;) {
      const { done, value } = await withinIdle(reader.read(), idle, signal);
      if (done) return;
      for (const event of decoder.push(value)) yield event.data;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** Throws StreamError for an event that reports an error, or is none. */
export function parseEvent<T extends { type: string }>(data: string): T {
  let event: T | { type: 'error'; error?: ErrorBody };
  try {
    event = JSON.parse(data);
  } catch (cause) {
    throw new StreamError(`The stream carried something that is not JSON: ${cause}`);
  }
  if (event.type === 'error') {
    const { error } = event as { error?: ErrorBody };
    throw new StreamError(error?.message ?? 'The answer failed.', error);
  }
  return event as T;
}

async function withinIdle<T>(read: Promise<T>, idle: number, signal: AbortSignal): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    const error = new APITimeoutError(`The stream was silent for ${idle} ms.`);
    timer = setTimeout(() => reject(error), idle);
  });
  try {
    return await Promise.race([read, silence]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof APITimeoutError) throw error;
    throw new APIConnectionError(BROKEN, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
