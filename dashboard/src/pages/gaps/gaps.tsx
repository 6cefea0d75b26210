import type { CoverageGap, GapStatus } from '@cevvo/sdk';
import { PeriodSwitch, Segmented, usePeriod } from '../../components/controls.tsx';
import { Empty, Loaded, Page } from '../../components/page.tsx';
import { ShowMore, useLimit } from '../../components/show-more.tsx';
import { Time } from '../../components/time.tsx';
import { count } from '../../lib/format.ts';
import { useQuery } from '../../lib/query.ts';
import { setQuery, usePlace } from '../../lib/router.ts';
import { useMay, useSession } from '../../lib/session.ts';
import '../../styles/insight.css';

const STATUSES: readonly (readonly [GapStatus, string])[] = [
  ['open', 'Open'],
  ['closed', 'Closed'],
  ['dismissed', 'Dismissed'],
];

const NOTHING: Record<GapStatus, [title: string, text: string]> = {
  open: [
    'No open gaps in this period',
    'Every question that was asked found its answer in your sources, or nobody asked.',
  ],
  closed: [
    'No closed gaps in this period',
    'A gap closes by itself once your sources answer what was asked in vain.',
  ],
  dismissed: ['No dismissed gaps in this period', 'Dismiss a gap that nobody means to answer.'],
};

export default function Gaps() {
  const { client } = useSession();
  const period = usePeriod();
  const limit = useLimit();
  const asked = usePlace().query.get('status');
  const status = STATUSES.find(([each]) => each === asked)?.[0] ?? 'open';
  const gaps = useQuery(
    `analytics/coverage-gaps?limit=${limit}&period=${period}&status=${status}`,
    (signal) => client.analytics.coverageGaps({ limit, period, status }, { signal }),
  );
  return (
    <Page
      title="Gaps"
      lede="What people asked and your sources do not answer. Each one is a page waiting to be written."
      actions={
        <>
          <Segmented
            label="Status"
            choices={STATUSES}
            value={status}
            onChange={(next) => setQuery({ status: next === 'open' ? null : next })}
          />
          <PeriodSwitch />
        </>
      }
    >
      <Loaded query={gaps}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title={NOTHING[status][0]}>
              {NOTHING[status][1]} Look at a longer period above, or at the{' '}
              <a href="/questions">questions</a>.
            </Empty>
          ) : (
            <>
              <ul class="gaps">
                {data.map((gap) => (
                  <Gap key={gap.id} gap={gap} />
                ))}
              </ul>
              <ShowMore shown={data.length} limit={limit} />
            </>
          )
        }
      </Loaded>
      <p class="small quiet stale-link">
        See also: <a href="/gaps/stale">answers that went stale</a>, because a page has changed since,
        and <a href="/gaps/conflicts">documents that contradict each other</a>.
      </p>
    </Page>
  );
}

function Gap({ gap }: { gap: CoverageGap }) {
  const mayAnswer = useMay('ingest');
  const nearest = gap.nearest_sources[0];
  return (
    <li class="gap">
      <p class="gap-count number">
        <b>{count(gap.count)}</b>{' '}
        <span class="small quiet">{gap.count === 1 ? 'time' : 'times'}</span>
      </p>
      <div>
        <h2 dir="auto">
          <a class="plain" href={`/gaps/${gap.id}`}>
            {gap.question}
          </a>
        </h2>
        <p class="small quiet">
          First asked <Time at={gap.first_asked} />
          {gap.last_asked !== gap.first_asked && (
            <>
              , last <Time at={gap.last_asked} />
            </>
          )}
        </p>
        {gap.status === 'open' && gap.suggestion && (
          <p class="small">
            {gap.suggestion}
            {nearest && gap.suggestion !== NOWHERE && <> Nearest: {nearest.title}.</>}
          </p>
        )}
      </div>
      <div class="actions">
        <a class="button compact" href={`/gaps/${gap.id}`}>
          {gap.status === 'open' && mayAnswer ? 'Write the answer' : 'Look at it'}
        </a>
      </div>
    </li>
  );
}

const NOWHERE = 'No passage is about it.';
