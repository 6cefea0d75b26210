import type { Conflict, ConflictSide } from '@cevvo/sdk';
import { Pager, usePageNumber } from '../../components/controls.tsx';
import { Empty, Loaded, Page } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import '../../styles/gaps.css';

export default function Conflicts() {
  const { client } = useSession();
  const page = usePageNumber();
  const conflicts = useQuery(`analytics/conflicts?page=${page}`, (signal) =>
    client.analytics.conflicts({ page }, { signal }),
  );
  return (
    <Page
      title="Conflicts"
      up={{ href: '/gaps', label: 'Gaps' }}
      lede="Two documents that say otherwise of the same: another number, or a “not”. Only what is sure is shown."
    >
      <Loaded query={conflicts}>
        {({ data, meta }) =>
          data.length === 0 ? (
            <Empty title="No conflicts">
              When a question brings up two sentences that contradict each other, they are shown here
              until one of them is changed.
            </Empty>
          ) : (
            <div class="gap-page">
              <ul class="asked">
                {data.map((each) => (
                  <Pair key={each.id} conflict={each} />
                ))}
              </ul>
              <Pager meta={meta} noun="conflicts" />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

function Pair({ conflict }: { conflict: Conflict }) {
  return (
    <li>
      <p class="asked-head">
        <b dir="auto">{conflict.question ?? 'A question that was deleted'}</b>
      </p>
      <p class="small quiet">
        Found <Time at={conflict.found_at} />
      </p>
      <div class="then-now">
        <Side side={conflict.one} />
        <Side side={conflict.other} />
      </div>
    </li>
  );
}

function Side({ side }: { side: ConflictSide }) {
  return (
    <div class="said">
      <p class="small">
        <a href={`/sources/${side.source_id}`}>{side.title}</a>
      </p>
      <p dir="auto" class="said-text">
        “{side.quote}”
      </p>
    </div>
  );
}
