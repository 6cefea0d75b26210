import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { usePlace } from '../lib/router.ts';
import { useSession } from '../lib/session.ts';
import { applyTheme, currentTheme, THEMES } from '../lib/theme.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icons.tsx';

const ROOMS = [
  [
    ['/', 'Home'],
    ['/ask', 'Ask'],
  ],
  [
    ['/sources', 'Sources'],
    ['/gaps', 'Gaps'],
  ],
  [
    ['/conversations', 'Conversations'],
    ['/questions', 'Questions'],
  ],
] as const;

export function Shell({ children }: { children: ComponentChildren }) {
  const { path } = usePlace();
  const [menu, setMenu] = useState(false);
  useEffect(() => setMenu(false), [path]);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="side">
        <Wordmark />
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
          <Rooms path={path} />
          <Foot />
        </Dialog>
      )}
      <main id="main">{children}</main>
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
  const isHere = (href: string) =>
    href === '/' ? path === '/' : `${path}/`.startsWith(`${href}/`);
  return (
    <nav class="nav" aria-label="Pages">
      {ROOMS.map((group) => (
        <ul key={group[0][0]}>
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

function Foot() {
  const { keyHint, signOut } = useSession();
  return (
    <div class="side-foot">
      <ThemeSwitch />
      <a class="plain" href="/docs">
        API reference
      </a>
      <span>
        <button type="button" class="link" onClick={() => signOut()}>
          Sign out
        </button>
        <br />
        <code>{keyHint}</code>
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
