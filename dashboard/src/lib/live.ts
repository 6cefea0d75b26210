/** Jobs as they change, by one stream for the whole tab; where there is none, pages poll. */
import { APIError, type Cevvo, CevvoError, type Job, JobError } from '@cevvo/sdk';
import { useEffect, useRef, useState } from 'preact/hooks';
import { change, invalidate, outdate, type Query, useQuery } from './query.ts';
import { useSession } from './session.ts';

interface Follower {
  onJobs: (jobs: Job[]) => void;
  /** Whether the stream tells of all changes from now on, or not any more. */
  onLive: (live: boolean) => void;
}

const LONGEST_PAUSE_MS = 30_000;
const LINGER_MS = 3_000; // between two pages that both look at jobs it stays open
const POLL_MS = 2_000;
const followers = new Set<Follower>();
/** Whom the followers are signed in as. */
let caller: Cevvo | null = null;
let stream: { client: Cevvo; controller: AbortController } | null = null;
let live = false;

/** What `key` stands for, kept current by the jobs that change it: see `useQuery`. */
export function useLiveQuery<T>(
  key: string,
  load: (signal: AbortSignal) => PromiseLike<T>,
  /** Milliseconds until the next look where there is no stream, null for none. */
  pollEvery: (data: T) => number | null,
  /** The data with a job in it that changed: the same where that is nothing to it, null where it
   * has to be loaded anew. */
  apply: (data: T, job: Job) => T | null,
  wanted: (data: T | undefined) => boolean = () => true,
): Query<T> {
  const query = useQuery(key, load, (data) => (live ? null : pollEvery(data)));
  const applying = (data: T, jobs: Job[]) =>
    jobs.reduce<T | null>((known, job) => known && apply(known, job), data);
  const isLive = useJobs(
    (jobs) => change<T>(key, (data) => applying(data, jobs)),
    wanted(query.data),
  );
  const before = useRef(isLive);
  useEffect(() => {
    // What happened before the stream began, or while it was away, it does not tell.
    if (before.current !== isLive) invalidate(key);
    before.current = isLive;
  }, [isLive]);
  useEffect(() => () => outdate(key), [key]); // it is not told of changes any more
  return query;
}

/** Calls `onJobs` while `wanted`. Whether the stream tells of all changes. */
function useJobs(onJobs: (jobs: Job[]) => void, wanted: boolean): boolean {
  const { client } = useSession();
  const [isLive, setLive] = useState(live);
  const latest = useRef(onJobs);
  latest.current = onJobs;
  useEffect(() => {
    if (!wanted) return undefined;
    setLive(live);
    return follow(client, { onJobs: (jobs) => latest.current(jobs), onLive: setLive });
  }, [client, wanted]);
  return isLive && wanted;
}

/** The job once it is completed. Throws JobError if it fails or is cancelled. */
export async function ended(
  client: Cevvo,
  jobId: string,
  onProgress: (job: Job) => void,
): Promise<Job> {
  const changes: Job[] = [];
  let wake = () => {};
  const leave = follow(client, {
    onJobs: (jobs) => {
      changes.push(...jobs.filter(({ job_id }) => job_id === jobId));
      if (changes.length > 0) wake();
    },
    onLive: () => wake(),
  });
  try {
    for (;;) {
      const job = changes.shift() ?? (await client.ingest.status(jobId));
      onProgress(job);
      if (job.status === 'completed') return job;
      if (job.status !== 'processing') throw new JobError(job);
      if (changes.length > 0) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (!live) setTimeout(resolve, POLL_MS);
      });
    }
  } finally {
    leave();
  }
}

/** Opens the stream if there is none. Returns how to leave; the last who leaves closes it. */
function follow(client: Cevvo, follower: Follower): () => void {
  followers.add(follower);
  caller = client;
  open();
  return () => {
    followers.delete(follower);
    setTimeout(() => {
      if (followers.size > 0) return;
      close();
      tell(false);
    }, LINGER_MS);
  };
}

function open(): void {
  if (!caller || stream?.client === caller || document.hidden) return;
  close();
  stream = { client: caller, controller: new AbortController() };
  run(caller, stream.controller.signal);
}

function close(): void {
  stream?.controller.abort();
  stream = null;
}

// A browser has few connections to a server for all its tabs: those that nobody sees need none.
document.addEventListener('visibilitychange', () => {
  close();
  if (document.hidden || followers.size === 0) return;
  tell(false);
  open();
});

async function run(client: Cevvo, signal: AbortSignal): Promise<void> {
  for (let failures = 0; ; failures++) {
    try {
      for await (const { jobs } of client.ingest.streamJobs({ signal, maxRetries: 0 })) {
        if (signal.aborted) return;
        failures = 0;
        if (live) for (const { onJobs } of followers) onJobs(jobs);
        else tell(true);
      }
    } catch (error) {
      if (isFinal(error)) failures = Infinity;
    }
    if (signal.aborted) return;
    tell(false);
    if (failures === Infinity) return close();
    const pause = Math.min(1_000 * 2 ** failures, LONGEST_PAUSE_MS) * (0.75 + Math.random() / 4);
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (signal.aborted) return;
  }
}

/** Whether to ask again is no use: this caller may not, or the server knows no such stream. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof CevvoError)) return true;
  return error instanceof APIError && [401, 403, 404, 405].includes(error.status);
}

function tell(now: boolean): void {
  if (live === now) return;
  live = now;
  for (const { onLive } of followers) onLive(now);
}
