import { useEffect, useReducer } from 'preact/hooks';
import { ago, date, moment } from '../lib/format.ts';

const MINUTE_MS = 60_000;

/** A moment, said as people say it; the exact one in the reader's zone on hover. */
export function Time({ at, as = 'ago' }: { at: string; as?: 'ago' | 'date' }) {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(redraw, MINUTE_MS); // what was just now is so no longer
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={at} title={moment(at)}>
      {as === 'ago' ? ago(at) : date(at)}
    </time>
  );
}
