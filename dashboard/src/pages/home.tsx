import type { CoverageGap, Overview, Source } from '@cevvo/sdk';
import type { ComponentChildren } from 'preact';
import { PeriodSwitch, periodName, usePeriod } from '../components/controls.tsx';
import { Icon } from '../components/icons.tsx';
import { lazily } from '../components/lazily.tsx';
import { Loaded, Page, Problem, Skeleton } from '../components/page.tsx';
import { isBusy, SourceStatus, withJobs } from '../components/source-status.tsx';
import { Time } from '../components/time.tsx';
import { change, count, duration, percent, plural, points } from '../lib/format.ts';
import { useLiveQuery } from '../lib/live.ts';
import { type Query, useQuery } from '../lib/query.ts';
import { useSession } from '../lib/session.ts';
import { useDraft } from './ask/draft.ts';
import { askNow } from './ask/link.ts';
import { FirstSteps } from './first-steps.tsx';
import '../styles/home.css';

const Trends = lazily(() => import('./trends.tsx'), <Skeleton lines={3} />);
const POLL_WHILE_SYNCING = 3_000;

export default function Home() {
  const { client } = useSession();
  const period = usePeriod();
  const overview = useQuery(`analytics/overview?${period}`, (signal) =>
    client.analytics.overview({ period }, { signal }),
  );
  const gaps = useQuery(`analytics/coverage-gaps?${period}`, async (signal) => {
    const wanted = { period, limit: 5, sort: 'newest' } as const;
    return (await client.analytics.coverageGaps(wanted, { signal })).data;
  });
  const sources = useLiveQuery(
    'sources?all',
    (signal) => client.sources.list({ per_page: 100 }, { signal }),
    ({ data }) => (data.some(isBusy) ? POLL_WHILE_SYNCING : null),
    withJobs,
    (known) => known?.data.some(isBusy) ?? false,
  );
  const queries = [overview, gaps, sources];
  if (queries.every(({ data, error }) => data === undefined && error !== undefined)) {
    const reload = () => queries.forEach((query) => query.reload());
    return (
      <Page title="Home">
        <Problem error={overview.error} retry={reload} />
      </Page>
    );
  }
  const unused = overview.data?.total_conversations === 0;
  if (unused && sources.data?.meta.total === 0) {
    return (
      <Page title="Welcome" lede="Three steps to answers that show what they rest on.">
        <FirstSteps sources={0} />
      </Page>
    );
  }
  return (
    <Page title="Home" actions={<PeriodSwitch />}>
      <QuickAsk />
      {unused && sources.data && <FirstSteps sources={sources.data.meta.total} />}
      <section class="overview" aria-label="Figures">
        <Loaded query={overview} lines={3}>
          {(data) => <Figures data={data} />}
        </Loaded>
      </section>
      {!unused && <Trends period={period} />}
      <div class="home-columns">
        <Gaps query={gaps} />
        <section>
          <div class="section-head">
            <h2>Sources</h2>
            <a href="/sources">All sources</a>
          </div>
          <Loaded query={sources} lines={4}>
            {({ data, meta }) => <SourceHealth sources={data} total={meta.total} />}
          </Loaded>
        </section>
      </div>
    </Page>
  );
}

function QuickAsk() {
  const [text, type] = useDraft();
  const submit = (event: Event) => {
    event.preventDefault();
    const question = text.trim();
    if (!question) return;
    type('');
    askNow(question);
  };
  return (
    <form class="composer quick" role="search" onSubmit={submit}>
      <input
        aria-label="Ask your sources"
        placeholder="Ask your sources…"
        maxLength={8000}
        dir="auto"
        value={text}
        onInput={(event) => type(event.currentTarget.value)}
      />
      <button type="submit" class="button primary icon" aria-label="Ask" disabled={!text.trim()}>
        <Icon name="send" />
      </button>
    </form>
  );
}

function Figures({ data }: { data: Overview }) {
  const before = `against the ${periodName(data.period)} before`;
  const { trend, resolution_interval: interval } = data;
  const asked = `/conversations?period=${data.period}&test=false`;
  const [time, unit] =
    data.avg_response_time_ms === null ? ['–', ''] : duration(data.avg_response_time_ms);
  return (
    <dl class="figures">
      <Figure
        name="Conversations"
        value={count(data.total_conversations)}
        href={asked}
      >
        {trend.conversations === null ? (
          'Nothing to compare with yet'
        ) : (
          <>
            <b>{change(trend.conversations)}</b> {before}
          </>
        )}
      </Figure>
      <Figure
        name="Resolution rate"
        value={data.resolution_rate === null ? '–' : percent(data.resolution_rate)}
        href={`${asked}&resolution=unresolved`}
      >
        {data.resolution_rate === null ? (
          'No question was asked'
        ) : trend.resolution_rate === null ? (
          'Nothing to compare with yet'
        ) : (
          <>
            <b class={trend.resolution_rate < 0 ? 'bad' : trend.resolution_rate > 0 ? 'good' : ''}>
              {points(trend.resolution_rate)}
            </b>{' '}
            {before}
          </>
        )}
        {interval && data.confirmed_rate !== null && (
          <span class="figure-basis">
            {percent(interval.low)}–{percent(interval.high)} in 95 of 100 cases, from{' '}
            {plural(data.resolution_conversations, 'conversation')}; {percent(data.confirmed_rate)}{' '}
            confirmed by a rating. <a href={data.resolution_explained}>How it is counted</a>
          </span>
        )}
      </Figure>
      <Figure name="Response time" value={time} unit={unit}>
        {data.p95_response_time_ms === null
          ? 'No answer was given'
          : `95 of 100 within ${duration(data.p95_response_time_ms).join(' ')}`}
      </Figure>
      <Figure name="Messages" value={count(data.total_messages)}>
        Questions and answers
      </Figure>
    </dl>
  );
}

interface FigureProps {
  name: string;
  value: string;
  unit?: string;
  /** The conversations behind it. */
  href?: string;
  children: ComponentChildren;
}

function Figure({ name, value, unit, href, children }: FigureProps) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd class="figure-value number">
        {href ? (
          <a class="plain" href={href} aria-label={`${name}: ${value}`}>
            {value}
          </a>
        ) : (
          value
        )}
        {unit && <small> {unit}</small>}
      </dd>
      <dd class="figure-trend">{children}</dd>
    </div>
  );
}

function Gaps({ query }: { query: Query<CoverageGap[]> }) {
  return (
    <section>
      <div class="section-head">
        <h2>Newest gaps</h2>
        <a href="/gaps">All gaps</a>
      </div>
      <Loaded query={query} lines={4}>
        {(gaps) =>
          gaps.length === 0 ? (
            <p class="calm">No question of this period went unanswered.</p>
          ) : (
            <ul class="rows">
              {gaps.map((gap) => (
                <li key={gap.id} class="gap-row">
                  <a class="plain" dir="auto" href={`/gaps/${gap.id}`}>
                    {gap.question}
                  </a>
                  <span class="small quiet number">
                    asked {gap.count === 1 ? 'once' : `${count(gap.count)} times`}, first{' '}
                    <Time at={gap.first_asked} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

/** What needs a look, one by one; what is well, as a number. */
function SourceHealth({ sources, total }: { sources: Source[]; total: number }) {
  if (total === 0) return <p class="calm">No sources yet.</p>;
  const needy = sources.filter(
    (source) => source.status !== 'synced' || source.sync_error !== null,
  );
  const well = sources.length - needy.length;
  const older = total - sources.length;
  return (
    <ul class="rows">
      {needy.map((source) => (
        <li key={source.id} class="health-row">
          <a class="plain" href={`/sources/${source.id}`} dir="auto">
            {source.name}
          </a>
          <SourceStatus source={source} />
          {(source.error ?? source.sync_error) && (
            <p class="small quiet">{source.error ?? source.sync_error}</p>
          )}
        </li>
      ))}
      {well > 0 && <li class="health-row quiet">{plural(well, 'source')} in good order</li>}
      {older > 0 && (
        <li class="health-row">
          <a href="/sources">{plural(older, 'older source')}</a>
        </li>
      )}
    </ul>
  );
}
