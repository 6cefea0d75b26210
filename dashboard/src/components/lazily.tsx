import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Problem, Skeleton } from './page.tsx';

type Load<P> = () => Promise<{ default: FunctionComponent<P> }>;

const PAGE = (
  <div class="page">
    <Skeleton />
  </div>
);

/** A part that is fetched when it is first shown; until then there is `waiting`. */
export function lazily<P extends object>(load: Load<P>, waiting = PAGE): FunctionComponent<P> {
  let page: FunctionComponent<P> | undefined;
  return function Lazy(props) {
    const [error, setError] = useState<unknown>();
    const [, setReady] = useState(page !== undefined);
    useEffect(() => {
      if (page) return;
      load().then((module) => {
        page = module.default;
        setReady(true);
      }, setError);
    }, []);
    if (error) return <Problem error={error} retry={() => location.reload()} />;
    const Loaded = page;
    return Loaded ? <Loaded {...props} /> : waiting;
  };
}
