import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Problem, Skeleton } from './page.tsx';

const AGAIN_MS = 3_000;
/** In place of the browser's words, which are for who wrote the page. */
const MISSING = new Error(
  'The server cannot be reached, or has been updated since this page was opened.',
);

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
    const [failures, setFailures] = useState(0);
    const [, setReady] = useState(part !== undefined);
    useEffect(() => {
      // Even if it is there by now: it may have come after this was drawn and before this runs.
      const get = () => fetch().then(() => setReady(true), () => setFailures(failures + 1));
      if (failures === 0) get();
      else {
        const timer = setTimeout(get, AGAIN_MS);
        return () => clearTimeout(timer);
      }
      return undefined;
    }, [failures]);
    const Part = part;
    if (Part) return <Part {...props} />;
    if (failures === 0) return waiting;
    const reload = () => location.reload();
    return <Problem error={MISSING} title="This could not be loaded" retry={reload} />;
  };
  Lazy.fetch = fetch;
  return Lazy;
}
