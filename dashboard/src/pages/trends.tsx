import type { Period, TimeSeries } from '@cevvo/sdk';
import { Chart } from '../components/chart.tsx';
import { Loaded } from '../components/page.tsx';
import { count, duration, LOCALE, percent } from '../lib/format.ts';
import { useQuery } from '../lib/query.ts';
import { useSession } from '../lib/session.ts';

const hour = new Intl.DateTimeFormat(LOCALE, { weekday: 'short', hour: 'numeric' });
// A day of UTC, wherever the reader is.
const day = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** The figures of the home page, hour by hour or day by day. */
export default function Trends({ period }: { period: Period }) {
  const { client } = useSession();
  const series = useQuery(`analytics/timeseries?${period}`, (signal) =>
    client.analytics.timeseries({ period }, { signal }),
  );
  return (
    <Loaded query={series} lines={3}>
      {(found) => <Charts series={found} />}
    </Loaded>
  );
}

function Charts({ series: { unit, data } }: { series: TimeSeries }) {
  if (data.every(({ messages }) => messages === 0)) return null;
  const label = unit === 'hour' ? hour : day;
  const points = (value: (bucket: TimeSeries['data'][number]) => number | null) =>
    data.map((bucket) => ({
      label: label.format(new Date(bucket.start)),
      value: value(bucket),
    }));
  return (
    <section class="charts" aria-label={`By ${unit}`}>
      <Chart
        title="Conversations"
        points={points(({ conversations }) => conversations)}
        show={count}
      />
      <Chart
        title="Resolution rate"
        points={points(({ resolution_rate }) => resolution_rate)}
        show={percent}
        top={1}
      />
      <Chart
        title="Response time"
        points={points(({ avg_response_time_ms }) => avg_response_time_ms)}
        show={(milliseconds) => duration(milliseconds).join(' ')}
      />
    </section>
  );
}
