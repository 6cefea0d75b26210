import type { StaleAnswer, StaleVerdict } from '@cevvo/sdk';
import { Pager, Segmented, usePageNumber } from '../../components/controls.tsx';
import { Empty, Loaded, Page } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { useQuery } from '../../lib/query.ts';
import { setQuery, usePlace } from '../../lib/router.ts';
import { useSession } from '../../lib/session.ts';
import '../../styles/gaps.css';
import { Answer } from './asked.tsx';

const VERDICTS: readonly (readonly [StaleVerdict | 'all', string])[] = [
  ['all', 'All'],
  ['different', 'Different'],
  ['unanswered', 'Unanswered'],
  ['same', 'Same elsewhere'],
];
const NOW: Record<StaleVerdict, string> = {
  same: 'the same words stand elsewhere now.',
  different: 'it is answered differently now.',
  unanswered: 'it is not answered any more.',
};

export default function StaleAnswers() {
  const { client } = useSession();
  const page = usePageNumber();
  const asked = usePlace().query.get('verdict');
  const verdict = VERDICTS.find(([each]) => each === asked)?.[0] ?? 'all';
  const wanted = verdict === 'all' ? {} : { verdict };
  const stale = useQuery(`analytics/stale-answers?page=${page}&verdict=${verdict}`, (signal) =>
    client.analytics.staleAnswers({ page, ...wanted }, { signal }),
  );
  return (
    <Page
      title="Stale answers"
      up={{ href: '/gaps', label: 'Gaps' }}
      lede="Answers that people got, out of words that your sources no longer have."
      actions={
        <Segmented
          label="Verdict"
          choices={VERDICTS}
          value={verdict}
          onChange={(next) => setQuery({ verdict: next === 'all' ? null : next, page: null })}
        />
      }
    >
      <Loaded query={stale}>
        {({ data, meta }) =>
          data.length === 0 ? (
            <Empty title="No such answers">
              When a page changes or goes, the answers that quoted it are looked at again and listed
              here.
            </Empty>
          ) : (
            <div class="gap-page">
              <ul class="asked stale">
                {data.map((each) => (
                  <Stale key={each.message_id} stale={each} />
                ))}
              </ul>
              <Pager meta={meta} noun="answers" />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

function Stale({ stale }: { stale: StaleAnswer }) {
  return (
    <li>
      <p class="asked-head">
        <a href={`/conversations/${stale.thread_id}`} dir="auto">
          {stale.question}
        </a>
      </p>
      <p class="small quiet">
        Asked <Time at={stale.asked_at} />
        {stale.open && ' · the conversation is still open'}
      </p>
      {stale.documents.map((each) => (
        <p key={each.document_id} class="small" dir="auto">
          {each.url ? <a href={each.url}>{each.title}</a> : each.title}{' '}
          {each.change === 'removed' ? 'is gone' : `no longer says “${each.quotes.join('”, “')}”`};{' '}
          {stale.verdict ? NOW[stale.verdict] : 'the question is about to be asked again.'}
        </p>
      ))}
      <div class="then-now">
        <Answer label="Then" answer={stale.then} />
        {stale.now && <Answer label="Now" answer={stale.now} />}
      </div>
    </li>
  );
}
