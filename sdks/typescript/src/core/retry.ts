/** When to try again, and how long to wait before it. Times are milliseconds. */

const FIRST_DELAY = 500;
const LONGEST_DELAY = 8_000;
const LONGEST_RETRY_AFTER = 120_000;

/**
 * Whether the same request may turn out differently soon; `x-should-retry` overrides what the
 * status says. A server that asks for more than two minutes is not asked again before that, nor is
 * one whose budget of the day is used up.
 */
export function shouldRetry(status: number, code: string | null, headers: Headers): boolean {
  const advice = headers.get('x-should-retry');
  const asked = retryAfter(headers, Date.now()) ?? 0;
  if (advice === 'false' || asked > LONGEST_RETRY_AFTER) return false;
  if (advice === 'true') return true;
  if (code === 'budget_exceeded') return false;
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** `Retry-After` in milliseconds: seconds or an HTTP date; null when absent or unreadable. */
export function retryAfter(headers: Headers, now: number): number | null {
  const value = headers.get('retry-after')?.trim();
  if (!value) return null;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  // Date.parse takes `-5` for a day in May.
  const date = /^[a-z]+,? .*:/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/**
 * The wait before retry number `attempt` (0 is the first): what the server asked for; else half a
 * second, doubling to eight, less up to a quarter (`random` in 0..1) so that clients do not come
 * back in step.
 */
export function retryDelay(attempt: number, asked: number | null, random: number): number {
  if (asked !== null) return asked;
  return Math.min(FIRST_DELAY * 2 ** attempt, LONGEST_DELAY) * (1 - random / 4);
}

/** Waits; rejects with the signal's reason as soon as it aborts. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
