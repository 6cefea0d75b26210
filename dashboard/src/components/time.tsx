import { ago, date, moment } from '../lib/format.ts';

/** A moment, said as people say it; the exact one in the reader's zone on hover. */
export function Time({ at, as = 'ago' }: { at: string; as?: 'ago' | 'date' }) {
  return (
    <time dateTime={at} title={moment(at)}>
      {as === 'ago' ? ago(at) : date(at)}
    </time>
  );
}
