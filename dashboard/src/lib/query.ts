/** Reading from the API: cached between pages, refreshed behind what is shown, polled while needed. */
import { useCallback, useEffect, useReducer, useRef } from 'preact/hooks';
import { isUnreachable } from './failure.ts';
import { isSignedOut } from './session.ts';

interface Entry {
  data?: unknown;
  error?: unknown;
  at: number;
}

const FRESH_MS = 2_000;
const SHORTEST_AFTER_FAILURE_MS = 3_000;
const cache = new Map<string, Entry>();
const listeners = new Map<string, Set<Listener>>();
/** How often what a key stands for was changed by `change`. */
const changes = new Map<string, number>();

interface Listener {
  load: () => void;
  redraw: () => void;
}

export interface Query<T> {
  /** Undefined until it has arrived; kept while newer data is on its way or failing. */
  data: T | undefined;
  error: unknown;
  reload: () => void;
}

/**
 * Loads what `key` stands for. `pollEvery` gives the milliseconds until the next look, null for
 * none; nothing is polled while the tab is hidden.
 */
export function useQuery<T>(
  key: string,
  load: (signal: AbortSignal) => PromiseLike<T>,
  pollEvery: (data: T) => number | null = () => null,
): Query<T> {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  const latest = useRef({ load, pollEvery });
  latest.current = { load, pollEvery };
  const reload = useCallback(() => invalidate(key), [key]);

  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const schedule = (wait: number | null) => {
      clearTimeout(timer);
      if (wait !== null) timer = setTimeout(() => (document.hidden ? schedule(wait) : run()), wait);
    };
    const run = async () => {
      try {
        const known = changes.get(key);
        const data = await latest.current.load(controller.signal);
        cache.set(key, { data, at: Date.now() });
        if (changes.get(key) !== known) invalidate(key); // what came may be older than the change
        schedule(latest.current.pollEvery(data));
      } catch (error) {
        if (controller.signal.aborted) return;
        if (isSignedOut(error)) return; // asked again once somebody has signed in
        const known = cache.get(key);
        cache.set(key, { ...known, error, at: 0 });
        // What is on the screen goes on being followed, not more often while the server is down;
        // and what it could not bring is asked for again until it is back.
        const followed =
          known?.data === undefined ? null : latest.current.pollEvery(known.data as T);
        schedule(afterFailure(isUnreachable(error) ? (followed ?? 0) : followed));
      }
      redraw();
    };
    const known = cache.get(key);
    if (known?.at && Date.now() - known.at < FRESH_MS) {
      schedule(latest.current.pollEvery(known.data as T));
      redraw();
    } else {
      run();
    }
    const subscribers = listeners.get(key) ?? new Set();
    const listener = { load: run, redraw: () => redraw() };
    listeners.set(key, subscribers.add(listener));
    return () => {
      controller.abort();
      clearTimeout(timer);
      subscribers.delete(listener);
    };
  }, [key]);

  const entry = cache.get(key);
  return { data: entry?.data as T | undefined, error: entry?.error, reload };
}

const afterFailure = (wait: number | null) =>
  wait === null ? null : Math.max(wait, SHORTEST_AFTER_FAILURE_MS);

/** Marks what starts with `prefix` as out of date; what is on the screen is loaded again. */
export function invalidate(prefix: string): void {
  for (const [key, entry] of cache) if (key.startsWith(prefix)) entry.at = 0;
  for (const [key, loads] of listeners) {
    if (key.startsWith(prefix)) for (const { load } of loads) load();
  }
}

/** Has what `key` stands for loaded again the next time that it is shown. */
export function outdate(key: string): void {
  const entry = cache.get(key);
  if (entry) entry.at = 0;
}

/** Makes what `key` stands for something else; null: it is loaded again. */
export function change<T>(key: string, to: (data: T) => T | null): void {
  const entry = cache.get(key);
  const data = entry?.data === undefined ? undefined : to(entry.data as T);
  if (data !== undefined && data === entry?.data) return;
  changes.set(key, (changes.get(key) ?? 0) + 1); // for what is on its way
  if (!entry || data === undefined) return;
  if (data !== null) entry.data = data;
  for (const { load, redraw } of listeners.get(key) ?? []) data === null ? load() : redraw();
}

export function forgetEverything(): void {
  cache.clear();
}
