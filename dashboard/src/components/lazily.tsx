import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Problem, Skeleton } from './page.tsx';

type Load<P> = () => Promise<{ default: FunctionComponent<P> }>;

const PAGE = (
  <div class="page">
    <Skeleton />
  </div>
);

interface Lazy<P> extends FunctionComponent<P> {
  /** Fetches it before it is shown; does nothing the second time. */
  fetch: () => Promise<void>;
}

/** A part that is fetched when it is first shown, or before; until then there is `waiting`. */
export function lazily<P extends object>(load: Load<P>, waiting = PAGE): Lazy<P> {
  let part: FunctionComponent<P> | undefined;
  const fetch = async () => {
    part ??= (await load()).default;
  };
  const Lazy: Lazy<P> = (props) => {
    const [error, setError] = useState<unknown>();
    const [, setReady] = useState(part !== undefined);
    useEffect(() => {
      // Even if it is there by now: it may have come after this was drawn and before this runs.
      fetch().then(() => setReady(true), setError);
    }, []);
    if (error) return <Problem error={error} retry={() => location.reload()} />;
    const Part = part;
    return Part ? <Part {...props} /> : waiting;
  };
  Lazy.fetch = fetch;
  return Lazy;
}
