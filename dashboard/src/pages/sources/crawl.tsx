import type { Job, Source, Verdict } from '@cevvo/sdk';
import { useState } from 'preact/hooks';
import { Loaded } from '../../components/page.tsx';
import { SourceProgress } from '../../components/source-status.tsx';
import { toast } from '../../components/toast.tsx';
import { explain } from '../../lib/failure.ts';
import { count, plural, shortURL } from '../../lib/format.ts';
import { standing } from '../../lib/jobs.ts';
import { useLiveQuery } from '../../lib/live.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';

const POLL = 1_500;
const FIGURES = ['added', 'changed', 'removed', 'unchanged'] as const;
/** What became of pages that were not taken in, and the shape that goes with it. */
const NOT_TAKEN: Partial<Record<Verdict, [words: string, status: string]>> = {
  failed: ['Failed', 'failed'],
  missing: ['Missing', 'warned'],
  removed: ['Removed', 'warned'],
  duplicate: ['Same text as another page', 'pending'],
  refused: ['Not taken', 'pending'],
};

/** The job that works on a source: how far it is, how long it will take, and a way to stop it. */
export function Running({ source, jobId }: { source: Source; jobId: string }) {
  const { client } = useSession();
  const [stopping, setStopping] = useState(false);
  const job = useLiveQuery<Job>(
    `sources/job/${jobId}`,
    (signal) => client.ingest.status(jobId, { signal }),
    ({ completed_at }) => (completed_at === null ? POLL : null),
    (known, changed) => (changed.job_id === jobId ? changed : known),
  );
  const stop = async () => {
    setStopping(true);
    try {
      await client.ingest.cancel(jobId);
      toast('Stopped. What was read stays.');
    } catch (error) {
      toast(explain(error).detail);
    }
    setStopping(false);
    invalidate('sources');
  };
  return (
    <div class="running">
      <SourceProgress source={source} />
      <p class="small quiet number">{job.data && standing(job.data)}</p>
      <button type="button" class="button compact" disabled={stopping} onClick={stop}>
        Cancel
      </button>
    </div>
  );
}

/** What the last crawl came to, and the pages that it did not take, each with its reason. */
export function LastCrawl({ source }: { source: Source }) {
  const { client } = useSession();
  const crawls = useQuery(`sources/crawls/${source.id}/${source.job_id}`, (signal) =>
    client.ingest.jobs({ source_id: source.id, kind: 'crawl', per_page: 1 }, { signal }),
  );
  const [job] = crawls.data?.data ?? [];
  if (!job) return null;
  if (job.status === 'cancelled') return <p class="small quiet">The last crawl was cancelled.</p>;
  if (!job.report) return null;
  const { report } = job;
  const figures = FIGURES.filter((name) => report[name] > 0);
  const left = Object.keys(NOT_TAKEN).reduce((sum, name) => sum + report[name as Verdict], 0);
  return (
    <section class="last-crawl" aria-label="Last crawl">
      <p class="small quiet number">
        {figures.length > 0 &&
          `Last crawl: ${figures.map((name) => `${count(report[name])} ${name}`).join(', ')}.`}
      </p>
      {left > 0 && <LeftOut jobId={job.job_id} total={left} />}
    </section>
  );
}

function LeftOut({ jobId, total }: { jobId: string; total: number }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="left-out" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{plural(total, 'page')} not taken</summary>
      {open && <LeftOutPages jobId={jobId} total={total} />}
    </details>
  );
}

function LeftOutPages({ jobId, total }: { jobId: string; total: number }) {
  const { client } = useSession();
  const job = useQuery(`sources/pages/${jobId}`, (signal) =>
    client.ingest.status(jobId, { signal }),
  );
  return (
    <Loaded query={job} lines={3}>
      {({ pages }) => {
        const rows = pages.filter(({ verdict }) => verdict in NOT_TAKEN);
        return (
          <>
            <ul class="rows">
              {rows.map(({ url, verdict, reason }) => {
                const [words, status] = NOT_TAKEN[verdict] ?? [verdict, 'pending'];
                return (
                  <li key={url} class="left-out-row">
                    <span>{shortURL(url)}</span>
                    <span class={`status ${status}`}>{words}</span>
                    <p class="small quiet">{reason}</p>
                  </li>
                );
              })}
            </ul>
            {rows.length < total && (
              <p class="small quiet">The first {count(rows.length)} of them.</p>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
