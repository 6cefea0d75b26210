import type { ComponentChildren, VNode } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { lazily } from './components/lazily.tsx';
import { Empty, Page } from './components/page.tsx';
import { Shell } from './components/shell.tsx';
import { Toaster } from './components/toast.tsx';
import { forgetEverything, invalidate } from './lib/query.ts';
import { get, type Presence } from './lib/account.ts';
import { explain } from './lib/failure.ts';
import { usePlace } from './lib/router.ts';
import {
  connect,
  isSignedOut,
  keyHint,
  SessionContext,
  storedKey,
  storeKey,
  takeKeyFromAddress,
} from './lib/session.ts';
import type { OutsideProps } from './pages/outside/frame.tsx';

const Home = lazily(() => import('./pages/home.tsx'));
const Ask = lazily(() => import('./pages/ask/ask.tsx'));
const Sources = lazily(() => import('./pages/sources/sources.tsx'));
const Source = lazily(() => import('./pages/sources/source.tsx'));
const Conversations = lazily(() => import('./pages/conversations.tsx'));
const Conversation = lazily(() => import('./pages/conversation.tsx'));
const Questions = lazily(() => import('./pages/questions.tsx'));
const Document = lazily(() => import('./pages/document.tsx'));
const Jobs = lazily(() => import('./pages/jobs.tsx'));
const Usage = lazily(() => import('./pages/usage.tsx'));
const Settings = lazily(() => import('./pages/settings/settings.tsx'));
const Gaps = lazily(() => import('./pages/gaps/gaps.tsx'));
const Conflicts = lazily(() => import('./pages/gaps/conflicts.tsx'));
const StaleAnswers = lazily(() => import('./pages/gaps/stale.tsx'));
const Gap = lazily<{ id: string }>(() => import('./pages/gaps/gap.tsx'));
const Account = lazily(() => import('./pages/account/account.tsx'));
const Keys = lazily(() => import('./pages/keys/keys.tsx'));
const AuditLog = lazily(() => import('./pages/audit-log.tsx'));
const Webhooks = lazily(() => import('./pages/webhooks/webhooks.tsx'));
const Webhook = lazily(() => import('./pages/webhooks/webhook.tsx'));
const People = lazily(() => import('./pages/people/people.tsx'));
const Widget = lazily(() => import('./pages/widget/widget.tsx'));
const SignIn = lazily<OutsideProps>(() => import('./pages/outside/sign-in.tsx'));
const SetUp = lazily<OutsideProps>(() => import('./pages/outside/set-up.tsx'));
const AcceptInvitation = lazily<OutsideProps>(() => import('./pages/outside/invitation.tsx'));
const ResetPassword = lazily<OutsideProps>(() => import('./pages/outside/reset.tsx'));

/** Fetches the page of a path before it is shown. */
export async function prepare(path: string): Promise<void> {
  const { type } = route(path);
  if (typeof type === 'function' && 'fetch' in type) await (type as typeof Home).fetch();
}

function route(path: string): VNode {
  const [room = '', id, ...rest] = path.split('/').slice(1);
  if (rest.length > 0) return <Lost />;
  if (room === 'ask') return <Ask threadId={id ?? null} />;
  if (room === 'sources') return id ? <Source key={id} id={id} /> : <Sources />;
  if (room === 'documents' && id) return <Document key={id} id={id} />;
  if (room === 'conversations') return id ? <Conversation key={id} id={id} /> : <Conversations />;
  if (room === 'webhooks') return id ? <Webhook key={id} id={id} /> : <Webhooks />;
  if (room === 'gaps' && id === 'stale') return <StaleAnswers />;
  if (room === 'gaps' && id === 'conflicts') return <Conflicts />;
  if (room === 'gaps') return id ? <Gap key={id} id={id} /> : <Gaps />;
  if (id !== undefined) return <Lost />;
  if (room === '') return <Home />;
  if (room === 'questions') return <Questions />;
  if (room === 'jobs') return <Jobs />;
  if (room === 'usage') return <Usage />;
  if (room === 'settings') return <Settings />;
  if (room === 'account') return <Account />;
  if (room === 'people') return <People />;
  if (room === 'api-keys') return <Keys />;
  if (room === 'audit-log') return <AuditLog />;
  if (room === 'widget') return <Widget />;
  if (room === 'sign-in') return <Home />;
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

const LOST_KEY = 'This key is no longer accepted. Sign in again.';
const LOST_SESSION = 'Your session has ended. Sign in again.';

/** Pages for who is not signed in, by the first part of their address. */
const OUTSIDE: Record<string, typeof SetUp> = {
  setup: SetUp,
  invitation: AcceptInvitation,
  reset: ResetPassword,
};

/** A person, an API key, nobody, or not known yet. */
type Caller = { presence: Presence } | { key: string } | null | undefined;

/** Who goes on, and where: with another one, everything on the screen is begun anew. */
function identity(caller: Caller): string | null {
  if (!caller) return null;
  if ('key' in caller) return caller.key;
  return `${caller.presence.person.id} ${caller.presence.workspace.id}`;
}

export function App() {
  const [caller, setCaller] = useState<Caller>(() => {
    const key = takeKeyFromAddress() ?? storedKey();
    return key ? { key } : undefined;
  });
  const [notice, setNotice] = useState<string | null>(null);
  // The page stays under the sign-in, with whatever was typed into it.
  const [expired, setExpired] = useState(false);
  const { path } = usePlace();

  const enter = useCallback((next: Caller, why: string | null = null) => {
    storeKey(next && 'key' in next ? next.key : null);
    setNotice(why);
    setExpired(false);
    setCaller((before) => {
      if (identity(before) !== identity(next)) forgetEverything();
      return next;
    });
  }, []);
  useEffect(() => {
    // Once the page has the client of who is back.
    if (caller && !expired) invalidate('');
  }, [caller, expired]);
  useEffect(() => {
    if (caller !== undefined) return;
    get<Presence>(connect(null), '/session').then(
      (presence) => enter({ presence }),
      (error) => enter(null, isSignedOut(error) ? null : explain(error).detail),
    );
  }, [caller, enter]);
  useEffect(() => {
    // A sign-in link opened in this tab only changes the fragment.
    const look = () => {
      const key = takeKeyFromAddress();
      if (key) enter({ key });
    };
    addEventListener('hashchange', look);
    return () => removeEventListener('hashchange', look);
  }, [enter]);

  const session = useMemo(() => {
    if (!caller) return null;
    const key = 'key' in caller ? caller.key : null;
    return {
      client: connect(key, () => {
        setNotice(key ? LOST_KEY : LOST_SESSION);
        setExpired(true);
      }),
      presence: 'presence' in caller ? caller.presence : null,
      keyHint: key && keyHint(key),
      enter: (presence: Presence) => enter({ presence }),
      signOut: () => enter(null),
    };
  }, [caller, enter]);
  const Outside = OUTSIDE[path.slice(1)];
  if (Outside) return <Outside onEnter={enter} notice={null} />;
  if (caller === undefined) return null;
  return (
    <>
      {session ? (
        <SessionContext.Provider value={session}>
          <Shell key={identity(caller)}>{route(path)}</Shell>
        </SessionContext.Provider>
      ) : (
        <SignIn notice={notice} onEnter={enter} />
      )}
      {session && expired && (
        <Cover>
          <SignIn notice={notice} onEnter={enter} />
        </Cover>
      )}
      <Toaster />
    </>
  );
}

/** Lies over everything, open dialogs too, and cannot be closed. */
function Cover({ children }: { children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog
      ref={element}
      class="cover"
      aria-label="Sign in again"
      onCancel={(event) => event.preventDefault()}
      onKeyDown={(event) => event.key === 'Escape' && event.preventDefault()}
    >
      {children}
    </dialog>
  );
}
