/** The widget when it is open. The loader fetches this when it is first wanted. */
import { Cevvo } from '@cevvo/sdk';
import { render } from 'preact';
import type { Look } from './look.ts';
import { memoryFor } from './memory.ts';
import { Panel } from './panel.tsx';
import { dress } from './style.ts';
import { Thread } from './thread.ts';

export interface Start {
  root: ShadowRoot;
  look: Look;
  apiKey: string;
  /** The server's address, with a slash at its end. */
  base: string;
  /** The token that the website's backend has made for its user, as the page has it now. */
  visitorToken: () => string | null;
  /** The button; null where the website has its own. */
  launcher: HTMLElement | null;
}

export interface Controls {
  open(): void;
  close(): void;
  ask(question: string): void;
}

export function mount({ root, look, apiKey, base, visitorToken, launcher }: Start): Controls {
  const box = document.createElement('div');
  const undress = dress(root, box, look);
  root.append(box);
  isolateKeys(box);
  keepFocus(box);
  const memory = memoryFor(apiKey);
  const client = new Cevvo({
    apiKey,
    baseURL: `${base}api/v1`,
    maxRetries: 0,
    fetch: (input, init) => fetch(input, { ...init, credentials: 'omit', cache: 'no-store' }),
  });
  let open = false;
  let before: Element | null = null;
  let frame = 0;
  const thread = new Thread(client, memory, visitorToken, () => {
    frame ||= requestAnimationFrame(draw);
  });

  function draw() {
    cancelAnimationFrame(frame);
    frame = 0;
    const panel = <Panel look={look} thread={thread} memory={memory} onClose={controls.close} />;
    render(open ? panel : null, box);
  }

  const controls: Controls = {
    open() {
      if (open) return;
      open = true;
      before = document.activeElement;
      undress.refresh();
      draw();
      if (launcher) launcher.hidden = true;
      launcher?.setAttribute('aria-expanded', 'true');
      void thread.restore();
    },
    close() {
      if (!open) return;
      open = false;
      draw();
      if (launcher) launcher.hidden = false;
      launcher?.setAttribute('aria-expanded', 'false');
      const elsewhere = before?.isConnected && before !== root.host && before !== document.body;
      const back = elsewhere ? before : launcher;
      if (back instanceof HTMLElement) back.focus();
    },
    ask(question) {
      controls.open();
      const words = question.trim();
      if (words) void thread.ask(words);
    },
  };
  return controls;
}

/** What is typed here is not for the page's shortcuts. */
function isolateKeys(box: HTMLElement): void {
  for (const name of ['keydown', 'keyup', 'keypress', 'input', 'paste', 'copy', 'cut', 'focusin']) {
    box.addEventListener(name, (event) => event.stopPropagation());
  }
}

/** What had the focus and goes away leaves it to the conversation, not to the page behind. */
function keepFocus(box: HTMLElement): void {
  let held: Element | null = null;
  const isGone = (one: Element) => !one.isConnected || one.matches(':disabled');
  box.addEventListener('focusin', ({ target }) => {
    held = target as Element;
  });
  box.addEventListener('focusout', ({ target }) =>
    queueMicrotask(() => {
      if (held === target && held && !isGone(held)) held = null; // it went elsewhere
    }),
  );
  new MutationObserver(() => {
    if (!held || !isGone(held)) return;
    held = null;
    box.querySelector<HTMLElement>('.body')?.focus({ preventScroll: true });
  }).observe(box, { childList: true, subtree: true, attributeFilter: ['disabled'] });
}
