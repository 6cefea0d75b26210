import type { Job, Page, Source } from '@cevvo/sdk';
import { percent } from '../lib/format.ts';

const WORDS = {
  pending: 'Empty',
  syncing: 'Reading',
  synced: 'In sync',
  failed: 'Failed',
  paused: 'Paused',
} as const;

/** What a source is counted in: a website in its pages, all else in parts with an anchor. */
export function unitOf(source: Source): 'page' | 'part' {
  return source.type === 'website' ? 'page' : 'part';
}

/** Whether a job works on it or waits to. */
export function isBusy(source: Source): boolean {
  return source.progress !== null;
}

/** The source with a job as it is now; null where it has to be loaded again. */
export function withJob(source: Source, job: Job): Source | null {
  if (job.source_id !== source.id) return source;
  if (job.completed_at !== null) return null;
  if (!isBusy(source)) return null; // it began just now
  if (job.job_id !== source.job_id || job.queued) return source;
  if (source.status !== 'syncing' && job.progress === 0) return null;
  return { ...source, progress: job.progress };
}

type Sources = Pick<Page<Source>, 'data' | 'meta'>;

/** The same of a list. */
export function withJobs(list: Sources, job: Job): Sources | null {
  const at = list.data.findIndex(({ id }) => id === job.source_id);
  const before = list.data[at];
  const after = before && withJob(before, job);
  if (after === before) return list;
  return after ? { ...list, data: list.data.map((one) => (one === before ? after : one)) } : null;
}

export function SourceStatus({ source }: { source: Source }) {
  const warned = source.status === 'synced' && source.sync_error !== null;
  const progress = source.status === 'syncing' ? source.progress : null;
  const waits = source.status === 'pending' && isBusy(source);
  return (
    <span class={`status ${warned ? 'warned' : source.status}`}>
      {warned ? 'Out of date' : waits ? 'Waiting' : WORDS[source.status]}
      {typeof progress === 'number' && <span class="number">{percent(progress)}</span>}
    </span>
  );
}

/** The bar of a source that is being read; unmeasured while its size is not known. */
export function SourceProgress({ source }: { source: Source }) {
  if (!isBusy(source)) return null;
  return (
    <progress
      class="bar"
      aria-label={`Reading ${source.name}`}
      {...(source.progress ? { value: source.progress } : {})}
    />
  );
}
