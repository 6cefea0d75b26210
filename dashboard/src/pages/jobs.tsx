import type { Page as Listed, Job, JobKind, JobStatus } from '@cevvo/sdk';
import { useEffect, useState } from 'preact/hooks';
import { Pager, Segmented, usePageNumber } from '../components/controls.tsx';
import { Empty, Loaded, Page } from '../components/page.tsx';
import { Time } from '../components/time.tsx';
import { toast } from '../components/toast.tsx';
import { explain } from '../lib/failure.ts';
import { count, duration, plural } from '../lib/format.ts';
import { standing } from '../lib/jobs.ts';
import { useLiveQuery } from '../lib/live.ts';
import { invalidate, useQuery } from '../lib/query.ts';
import { setQuery, usePlace } from '../lib/router.ts';
import { useMay, useSession } from '../lib/session.ts';
import '../styles/sources.css';
import '../styles/jobs.css';

const FILTERS = [
  ['', 'All'],
  ['processing', 'Under way'],
  ['completed', 'Done'],
  ['failed', 'Failed'],
  ['cancelled', 'Cancelled'],
] as const;
const KINDS: Record<JobKind, string> = {
  upload: 'File',
  url: 'Web page',
  text: 'Text',
  crawl: 'Crawl',
};
const STATES: Record<JobStatus, [status: string, words: string]> = {
  processing: ['syncing', 'Under way'],
  completed: ['synced', 'Done'],
  failed: ['failed', 'Failed'],
  cancelled: ['paused', 'Cancelled'],
};
const POLL_WHILE_BUSY = 1_500;
const POLL = 10_000;

type List = Pick<Listed<Job>, 'data' | 'meta'>;

/** The list with a job as it is now; null where it has become another list. */
function withJob(list: List, job: Job, status: string, page: number): List | null {
  const fits = status === '' || status === job.status;
  if (list.data.some(({ job_id }) => job_id === job.job_id)) {
    if (!fits) return null;
    return { ...list, data: list.data.map((one) => (one.job_id === job.job_id ? job : one)) };
  }
  const oldest = list.data.at(-1);
  const belongs = page === 1 && fits && (!oldest || job.created_at >= oldest.created_at);
  return belongs ? null : list;
}

/** All work on the content, live. */
export default function Jobs() {
  const { client } = useSession();
  const page = usePageNumber();
  const asked = usePlace().query.get('status');
  const status = FILTERS.find(([value]) => value === asked)?.[0] ?? '';
  const jobs = useLiveQuery<List>(
    `jobs?status=${status}&page=${page}`,
    (signal) => client.ingest.jobs({ page, ...(status ? { status } : {}) }, { signal }),
    ({ data }) => (data.some(({ completed_at }) => completed_at === null) ? POLL_WHILE_BUSY : POLL),
    (list, job) => withJob(list, job, status, page),
  );
  const sources = useQuery('sources?all', (signal) =>
    client.sources.list({ per_page: 100 }, { signal }),
  );
  const names = new Map(sources.data?.data.map(({ id, name }) => [id, name]));
  const ids = jobs.data?.data.map(({ source_id }) => source_id);
  const unknown = sources.data && ids?.find((id) => id !== null && !names.has(id));
  useEffect(() => {
    if (unknown) sources.reload(); // made since
  }, [unknown]);
  return (
    <Page title="Jobs" lede="What is being read, and what became of it.">
      <div class="filters">
        <Segmented
          label="Status"
          choices={FILTERS}
          value={status}
          onChange={(value) => setQuery({ status: value, page: null })}
        />
      </div>
      <Loaded query={jobs}>
        {({ data, meta }) =>
          meta.total === 0 ? (
            <Nothing filtered={status !== ''} />
          ) : (
            <section aria-label="Jobs">
              <ul class="rows">
                {data.map((job) => (
                  <JobRow key={job.job_id} job={job} source={names.get(job.source_id ?? '')} />
                ))}
              </ul>
              <Pager meta={meta} noun="jobs" />
            </section>
          )
        }
      </Loaded>
    </Page>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <Empty
      title="None of this kind"
      action={
        <button type="button" class="button" onClick={() => setQuery({ status: null, page: null })}>
          Show all jobs
        </button>
      }
    >
      No job is in this state; finished ones are kept for a while only.
    </Empty>
  ) : (
    <Empty
      title="No work yet"
      action={
        <a class="button primary" href="/sources?add=website">
          Add a source
        </a>
      }
    >
      Each crawl, each file and each text that is taken in is a job. They are listed here with how
      far they are and, if they fail, why.
    </Empty>
  );
}

function JobRow({ job, source }: { job: Job; source: string | undefined }) {
  const mayCancel = useMay('ingest');
  const busy = job.completed_at === null;
  const [status, words] = job.queued && busy ? ['pending', 'Waiting'] : STATES[job.status];
  return (
    <li class="job-row">
      <div class="source-name">
        {job.source_id ? (
          <a class="plain" href={`/sources/${job.source_id}`} dir="auto">
            {source ?? 'A source'}
          </a>
        ) : (
          <span>A deleted source</span>
        )}
        <span class="small quiet">
          {KINDS[job.kind]}
          {job.name && job.name !== source && (
            <>
              {' '}
              <span class="job-name" dir="auto">
                {job.name}
              </span>
            </>
          )}{' '}
          · <Time at={job.created_at} />
        </span>
      </div>
      <span class={`status ${status}`}>{words}</span>
      <span class="small quiet number">{busy ? '' : outcome(job)}</span>
      {busy && mayCancel ? <Cancel job={job} source={job.name ?? source ?? 'a source'} /> : <span />}
      <div class="job-more">
        {busy && !job.queued && (
          <progress
            class="bar"
            aria-label={`Reading ${job.name ?? source ?? 'a source'}`}
            {...(job.progress ? { value: job.progress } : {})}
          />
        )}
        {busy && <p class="small quiet number">{standing(job)}</p>}
        {job.status === 'failed' && job.error && (
          <p class="small trouble">
            {job.error.message} <code>{job.error.code}</code>
          </p>
        )}
        {job.warnings.map((warning) => (
          <p key={warning} class="small quiet">
            {warning}
          </p>
        ))}
      </div>
    </li>
  );
}

function Cancel({ job, source }: { job: Job; source: string }) {
  const { client } = useSession();
  const [stopping, setStopping] = useState(false);
  const stop = async () => {
    setStopping(true);
    try {
      await client.ingest.cancel(job.job_id);
      toast('Stopped. What was read stays.');
    } catch (error) {
      toast(explain(error).detail);
    }
    setStopping(false);
    invalidate('jobs');
    invalidate('sources');
  };
  return (
    <button
      type="button"
      class="button compact"
      aria-label={`Cancel the job on ${source}`}
      disabled={stopping}
      onClick={stop}
    >
      Cancel
    </button>
  );
}

/** What a job came to, and how long it took. */
function outcome(job: Job): string {
  const unit = job.kind === 'crawl' ? 'page' : 'part';
  const done = plural(job.documents_processed, unit);
  if (job.status !== 'completed' && job.documents_processed === 0) return '';
  if (!job.started_at || !job.completed_at) return done;
  const took = new Date(job.completed_at).getTime() - new Date(job.started_at).getTime();
  const failed = job.report?.failed ? `, ${count(job.report.failed)} failed` : '';
  // Times are true to a second.
  return `${done}${failed} in ${took < 1000 ? 'a moment' : duration(took).join(' ')}`;
}
