/**
 * What a website's script tag loads: the button, and the rest when it is first wanted. Whatever
 * goes wrong here, the page goes on; the console says what it was.
 */
import type { Controls, Start } from './app.tsx';
import { inkOn, type Look, withAttributes } from './look.ts';
import STYLE from './launcher.css?inline';

/** Where the rest is, below the server's address. */
declare const APP: string;

interface Api {
  open(): void;
  close(): void;
  /** Opens the widget and asks. */
  ask(question: string): void;
}

const BUBBLE = 'M4 4.5h12v8.5H9.5L6 16v-3H4z';
const SVG = 'http://www.w3.org/2000/svg';

function start(script: HTMLScriptElement, apiKey: string): Api {
  const base = new URL('.', script.src).href;
  const given = script.dataset;
  const host = document.createElement('cevvo-widget');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  // Beside the body: what pages do to their body, from transforms to replacing it, stays there.
  document.documentElement.append(host);

  const look = fetchLook().then((found) => withAttributes(found, given));
  const launcher = look.then((found) => (given.launcher === 'none' ? null : button(found)));
  let controls: Promise<Controls> | undefined;
  launcher.catch(warn);

  async function fetchLook(): Promise<Look> {
    const page = document.documentElement.lang;
    const wishes = given.language || [page, ...navigator.languages].join();
    const response = await fetch(`${base}api/v1/widget?language=${encodeURIComponent(wishes)}`, {
      headers: { Authorization: `Bearer ${apiKey}` },
      credentials: 'omit',
    });
    const body = await response.json();
    if (!response.ok) throw new Error(body.error.message);
    return body;
  }

  function button({ color, position, direction, language, texts }: Look): HTMLButtonElement {
    const made = document.createElement('button');
    const icon = document.createElementNS(SVG, 'svg');
    const path = document.createElementNS(SVG, 'path');
    const label = document.createElement('span');
    icon.setAttribute('viewBox', '0 0 20 20');
    icon.setAttribute('aria-hidden', 'true');
    path.setAttribute('d', BUBBLE);
    icon.append(path);
    label.textContent = texts.launcher;
    made.type = 'button';
    made.className = `launcher ${position}`;
    made.dir = direction;
    made.lang = language;
    made.setAttribute('aria-haspopup', 'dialog');
    made.setAttribute('aria-label', texts.launcher);
    made.style.setProperty('--accent', color);
    made.style.setProperty('--on-accent', inkOn(color));
    made.append(icon, label);
    made.onclick = api.open;
    made.onpointerenter = made.onfocus = () => load().catch(() => undefined);
    root.append(made);
    return made;
  }

  function load(): Promise<Controls> {
    controls ??= mounted();
    controls.catch(() => (controls = undefined)); // the next attempt may succeed
    return controls;
  }

  async function mounted(): Promise<Controls> {
    const options = { root, apiKey, base, look: await look, launcher: await launcher };
    const app: { mount(start: Start): Controls } = await import(/* @vite-ignore */ base + APP);
    return app.mount({ ...options, visitorToken: () => given.visitorToken ?? null });
  }

  async function use(action: (controls: Controls) => void): Promise<void> {
    try {
      action(await load());
      if (!host.isConnected) document.documentElement.append(host);
      await name('launcher');
    } catch (error) {
      warn(error);
      await name('unreachable');
    }
  }

  /** What the button says. */
  async function name(which: 'launcher' | 'unreachable'): Promise<void> {
    const shown = await launcher.catch(() => null);
    const text = (await look.catch(() => null))?.texts[which] ?? '';
    shown?.setAttribute('aria-label', text);
    shown?.querySelector('span')?.replaceChildren(text);
  }

  const api: Api = {
    open: () => void use((it) => it.open()),
    close: () => void use((it) => it.close()),
    ask: (question) => void use((it) => it.ask(String(question))),
  };
  return api;
}

function warn(error: unknown): void {
  console.warn(
    `Cevvo: the widget could not be loaded. Is ${location.origin} among the key's allowed origins?`,
    error,
  );
}

declare global {
  interface Window {
    Cevvo?: Api;
  }
}

const script = document.currentScript;
if (!window.Cevvo && script instanceof HTMLScriptElement) {
  const { key } = script.dataset;
  if (key) {
    try {
      window.Cevvo = start(script, key);
    } catch (error) {
      warn(error);
    }
  } else console.warn('Cevvo: the script tag needs data-key="cevvo_pk_…".');
}
