import type { CoverageGap } from '@cevvo/sdk';
import { PeriodSwitch, usePeriod } from '../components/controls.tsx';
import { Empty, Loaded, Page } from '../components/page.tsx';
import { ShowMore, useLimit } from '../components/show-more.tsx';
import { Time } from '../components/time.tsx';
import { count } from '../lib/format.ts';
import { useQuery } from '../lib/query.ts';
import { useSession } from '../lib/session.ts';
import '../styles/insight.css';

export default function Gaps() {
  const { client } = useSession();
  const period = usePeriod();
  const limit = useLimit();
  const gaps = useQuery(`analytics/coverage-gaps?limit=${limit}&period=${period}`, (signal) =>
    client.analytics.coverageGaps({ limit, period }, { signal }),
  );
  return (
    <Page
      title="Gaps"
      lede="What people asked and your sources do not answer. Each one is a page waiting to be written."
      actions={<PeriodSwitch />}
    >
      <Loaded query={gaps}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="No gaps in this period">
              Every question that was asked found its answer in your sources, or nobody asked. Look
              at a longer period above, or at the <a href="/questions">questions</a>.
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
    </Page>
  );
}

function Gap({ gap }: { gap: CoverageGap }) {
  const question = encodeURIComponent(gap.question);
  return (
    <li class="gap">
      <p class="gap-count number">
        <b>{count(gap.count)}</b>{' '}
        <span class="small quiet">{gap.count === 1 ? 'time' : 'times'}</span>
      </p>
      <div>
        <h2 dir="auto">{gap.question}</h2>
        <p class="small quiet">
          First asked <Time at={gap.first_asked} />
          {gap.last_asked !== gap.first_asked && (
            <>
              , last <Time at={gap.last_asked} />
            </>
          )}
        </p>
      </div>
      <div class="actions">
        <a class="button compact ghost" href={`/ask?q=${question}`}>
          Ask it now
        </a>
        <a class="button compact" href={`/sources?add=text&title=${question}`}>
          Write the answer
        </a>
      </div>
    </li>
  );
}
