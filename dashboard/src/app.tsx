import type { ComponentChildren, FunctionComponent } from 'preact';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { Empty, Page, Problem, Skeleton } from './components/page.tsx';
import { Shell } from './components/shell.tsx';
import { Toaster } from './components/toast.tsx';
import { forgetEverything } from './lib/query.ts';
import { usePlace } from './lib/router.ts';
import {
  connect,
  keyHint,
  SessionContext,
  storedKey,
  storeKey,
  takeKeyFromAddress,
} from './lib/session.ts';
import { SignIn } from './pages/sign-in.tsx';

type Load<P> = () => Promise<{ default: FunctionComponent<P> }>;

/** A page that is fetched when it is first shown. */
function lazily<P extends object>(load: Load<P>): FunctionComponent<P> {
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
    return Loaded ? (
      <Loaded {...props} />
    ) : (
      <div class="page">
        <Skeleton />
      </div>
    );
  };
}

const Home = lazily(() => import('./pages/home.tsx'));
const Ask = lazily(() => import('./pages/ask/ask.tsx'));
const Sources = lazily(() => import('./pages/sources/sources.tsx'));
const Source = lazily(() => import('./pages/sources/source.tsx'));
const Conversations = lazily(() => import('./pages/conversations.tsx'));
const Conversation = lazily(() => import('./pages/conversation.tsx'));
const Questions = lazily(() => import('./pages/questions.tsx'));
const Gaps = lazily(() => import('./pages/gaps.tsx'));

function route(path: string): ComponentChildren {
  const [room = '', id, ...rest] = path.split('/').slice(1);
  if (rest.length > 0) return <Lost />;
  if (room === 'ask') return <Ask threadId={id ?? null} />;
  if (room === 'sources') return id ? <Source key={id} id={id} /> : <Sources />;
  if (room === 'conversations') return id ? <Conversation key={id} id={id} /> : <Conversations />;
  if (id !== undefined) return <Lost />;
  if (room === '') return <Home />;
  if (room === 'questions') return <Questions />;
  if (room === 'gaps') return <Gaps />;
  return <Lost />;
}

function Lost() {
  return (
    <Page title="Nothing here">
      <Empty
        title="This address leads nowhere"
        action={
          <a class="button" href="/">
            Home
          </a>
        }
      >
        Check it for a slip of the pen, or start from the navigation.
      </Empty>
    </Page>
  );
}

export function App() {
  const [key, setKey] = useState(() => takeKeyFromAddress() ?? storedKey());
  const [notice, setNotice] = useState<string | null>(null);
  const { path } = usePlace();

  const signIn = useCallback((next: string | null, why: string | null = null) => {
    forgetEverything();
    storeKey(next);
    setNotice(why);
    setKey(next);
  }, []);
  useEffect(() => {
    // A sign-in link opened in this tab only changes the fragment.
    const look = () => {
      const next = takeKeyFromAddress();
      if (next) signIn(next);
    };
    addEventListener('hashchange', look);
    return () => removeEventListener('hashchange', look);
  }, [signIn]);

  const session = useMemo(
    () =>
      key && {
        client: connect(key),
        keyHint: keyHint(key),
        signOut: (why?: string) => signIn(null, why ?? null),
      },
    [key, signIn],
  );
  return (
    <>
      {session ? (
        <SessionContext.Provider value={session}>
          <Shell>{route(path)}</Shell>
        </SessionContext.Provider>
      ) : (
        <SignIn notice={notice} onSignIn={signIn} />
      )}
      <Toaster />
    </>
  );
}
