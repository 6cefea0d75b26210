import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { change, type Presence } from '../lib/account.ts';
import { explain } from '../lib/failure.ts';
import { keepFocus } from '../lib/focus.ts';
import { navigate, usePlace } from '../lib/router.ts';
import { isSignedOut, useSession } from '../lib/session.ts';
import { applyTheme, currentTheme, THEMES } from '../lib/theme.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icons.tsx';
import { toast } from './toast.tsx';

const ROOMS = [
  [
    ['/', 'Home'],
    ['/ask', 'Ask'],
  ],
  [
    ['/sources', 'Sources'],
    ['/gaps', 'Gaps'],
    ['/jobs', 'Jobs'],
  ],
  [
    ['/conversations', 'Conversations'],
    ['/questions', 'Questions'],
  ],
] as const;

const ADMINS = [
  ['/people', 'People'],
  ['/widget', 'Widget'],
  ['/api-keys', 'API keys'],
  ['/webhooks', 'Webhooks'],
  ['/usage', 'Usage'],
  ['/settings', 'Settings'],
  ['/audit-log', 'Audit log'],
] as const;
/** A key cannot invite; whether it may see the rest, the server says. */
const KEYS = ADMINS.filter(([href]) => href !== '/people');

export function Shell({ children }: { children: ComponentChildren }) {
  const { path } = usePlace();
  const [menu, setMenu] = useState(false);
  useEffect(() => setMenu(false), [path]);
  const main = useRef<HTMLElement>(null);
  useEffect(() => (main.current ? keepFocus(main.current) : undefined), []);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="side">
        <Wordmark />
        <WorkspaceSwitch />
        <Rooms path={path} />
        <Foot />
      </header>
      <header class="top">
        <Wordmark />
        <button
          type="button"
          class="button ghost"
          aria-haspopup="dialog"
          onClick={() => setMenu(true)}
        >
          <Icon name="menu" /> Menu
        </button>
      </header>
      {menu && (
        <Dialog class="dialog menu" title="Menu" onClose={() => setMenu(false)}>
          <WorkspaceSwitch />
          <Rooms path={path} />
          <Foot />
        </Dialog>
      )}
      <main id="main" ref={main}>
        {children}
      </main>
    </div>
  );
}

export function Wordmark() {
  return (
    <a class="wordmark" href="/" title="Home">
      Cevvo<sup aria-hidden="true">1</sup>
    </a>
  );
}

function Rooms({ path }: { path: string }) {
  const { presence } = useSession();
  const rooms = !presence
    ? [...ROOMS, KEYS]
    : presence.rights.includes('people')
      ? [...ROOMS, ADMINS]
      : ROOMS;
  const isHere = (href: string) =>
    href === '/' ? path === '/' : `${path}/`.startsWith(`${href}/`);
  return (
    <nav class="nav" aria-label="Pages">
      {rooms.map((group) => (
        <ul key={group[0]?.[0]}>
          {group.map(([href, label]) => (
            <li key={href}>
              <a href={href} {...(isHere(href) ? { 'aria-current': 'page' } : {})}>
                {label}
              </a>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}

/** Where this session is. Another choice goes on there, under a new token. */
function WorkspaceSwitch() {
  const { client, presence, enter } = useSession();
  // One move at a time: each gives the session a new token, which the next has to show.
  const [going, setGoing] = useState<string | null>(null);
  if (!presence) return null;
  const { workspace, workspaces } = presence;
  if (workspaces.length === 1) return <p class="workspace">{workspace.name}</p>;
  const go = async (workspace_id: string) => {
    setGoing(workspace_id);
    try {
      enter(await change<Presence>(client, 'PUT', '/session', { workspace_id }));
      navigate('/');
    } catch (error) {
      toast(explain(error).detail);
    }
    setGoing(null);
  };
  return (
    <label class="workspace">
      <span class="visually-hidden">Workspace</span>
      <select
        class="input"
        value={going ?? workspace.id}
        disabled={going !== null}
        onChange={(event) => go(event.currentTarget.value)}
      >
        {workspaces.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Foot() {
  const { client, presence, keyHint, signOut } = useSession();
  const leave = async () => {
    try {
      if (presence) await change(client, 'DELETE', '/session');
      signOut();
    } catch (error) {
      if (isSignedOut(error)) signOut();
      else toast(explain(error).detail);
    }
  };
  return (
    <div class="side-foot">
      <ThemeSwitch />
      <a class="plain" href="/docs">
        Documentation
      </a>
      <span>
        {presence && (
          <>
            <a class="plain" href="/account">
              {presence.person.name}
            </a>
            {' · '}
          </>
        )}
        <button type="button" class="link" onClick={leave}>
          Sign out
        </button>
        {keyHint && (
          <>
            <br />
            <code>{keyHint}</code>
          </>
        )}
      </span>
    </div>
  );
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState(currentTheme);
  return (
    <div class="themes" role="radiogroup" aria-label="Appearance">
      {THEMES.map((choice) => (
        <label key={choice} title={choice}>
          <input
            class="visually-hidden"
            type="radio"
            name="theme"
            checked={choice === theme}
            onChange={() => {
              applyTheme(choice);
              setTheme(choice);
            }}
          />
          <Icon name={choice} size={16} />
          <span class="visually-hidden">{choice}</span>
        </label>
      ))}
    </div>
  );
}
