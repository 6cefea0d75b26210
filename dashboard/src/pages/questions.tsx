import type { Period, TopQuestion } from '@cevvo/sdk';
import { PeriodSwitch, usePeriod } from '../components/controls.tsx';
import { Empty, Loaded, Page } from '../components/page.tsx';
import { ShowMore, useLimit } from '../components/show-more.tsx';
import { count, percent, plural } from '../lib/format.ts';
import { useQuery } from '../lib/query.ts';
import { useSession } from '../lib/session.ts';
import '../styles/insight.css';

export default function Questions() {
  const { client } = useSession();
  const period = usePeriod();
  const limit = useLimit();
  const questions = useQuery(`analytics/top-questions?limit=${limit}&period=${period}`, (signal) =>
    client.analytics.topQuestions({ limit, period }, { signal }),
  );
  return (
    <Page
      title="Questions"
      lede="Questions that mean the same are counted as one. Resolved: answered from your sources, and the person left it at that."
      actions={<PeriodSwitch />}
    >
      <Loaded query={questions}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty
              title="No questions in this period"
              action={
                <a class="button primary" href="/ask">
                  Ask one
                </a>
              }
            >
              Choose a longer period above, or ask something yourself.
            </Empty>
          ) : (
            <>
              <table class="questions">
                <thead>
                  <tr>
                    <th scope="col">Question</th>
                    <th scope="col" class="number">
                      Asked
                    </th>
                    <th scope="col">Resolved</th>
                  </tr>
                </thead>
                <tbody>
                  {data.map((question) => (
                    <QuestionRow key={question.id} question={question} period={period} />
                  ))}
                </tbody>
              </table>
              <ShowMore shown={data.length} limit={limit} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function QuestionRow({
  question: { id, question, count: times, resolved_rate },
  period,
}: {
  question: TopQuestion;
  period: Period;
}) {
  const about = encodeURIComponent(question);
  const asked = `/conversations?question=${id}&about=${about}&period=${period}&test=false`;
  return (
    <tr>
      <th scope="row" dir="auto">
        <a class="plain" href={`/ask?q=${encodeURIComponent(question)}`}>
          {question}
        </a>
      </th>
      <td class="number">
        <a href={asked} aria-label={`${plural(times, 'conversation')} that asked it`}>
          {count(times)}
        </a>
      </td>
      <td>
        <span class="rate">
          <span class="number">{percent(resolved_rate)}</span>
          <RateBar value={resolved_rate} />
          {resolved_rate < 1 && (
            <a class="small" href={`${asked}&resolution=unresolved`}>
              Unresolved
            </a>
          )}
        </span>
      </td>
    </tr>
  );
}

/** Filled for what was resolved, hollow for the rest. The figure beside it says the same. */
function RateBar({ value }: { value: number }) {
  return (
    <svg class="rate-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="rest" width="100" height="8" />
      <rect class="part" width={value * 100} height="8" />
    </svg>
  );
}
