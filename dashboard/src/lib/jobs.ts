/** How a job stands, in words. */
import type { Job } from '@cevvo/sdk';
import { count, plural, timeOfDay } from './format.ts';

export function standing(job: Job): string {
  if (job.next_attempt_at) {
    return `${job.error?.message} It is tried again at ${timeOfDay(job.next_attempt_at)}.`;
  }
  if (job.queued) return 'It waits for its turn.';
  const done = plural(job.documents_processed, job.kind === 'crawl' ? 'page' : 'part');
  const of = job.documents_total === null ? '' : ` of ${count(job.documents_total)}`;
  const left = job.seconds_left === null ? '' : `, about ${roughly(job.seconds_left)} left`;
  return `${done}${of}${left}`;
}

const roughly = (seconds: number) =>
  seconds < 90 ? `${seconds} s` : `${count(Math.round(seconds / 60))} min`;
