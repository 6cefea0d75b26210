/** Where the reader is, kept in the address alone: path for the page, query for filters and search. */
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  path: string;
  query: URLSearchParams;
}

const CHANGED = 'cevvo:navigated';
/** How long a click waits for its page; a failure is shown by the page itself. */
const PATIENCE_MS = 200;
// Answered by the server, not by a page of this application.
const SERVER_PATHS = /^\/(api|docs|openapi\.json|assets)(\/|$)/;

function here(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** How often something led elsewhere: what was begun before the last of them gives way to it. */
let moves = 0;

export function navigate(to: string, options: { replace?: boolean; state?: unknown } = {}): void {
  if (!options.replace) moves += 1;
  const pathBefore = location.pathname;
  history[options.replace ? 'replaceState' : 'pushState'](options.state ?? null, '', to);
  if (!options.replace && location.pathname !== pathBefore) scrollTo(0, 0);
  dispatchEvent(new Event(CHANGED));
}

/** Changes some parameters of the query; null or '' takes one out. Moves no history entry. */
export function setQuery(changes: Record<string, string | null>): void {
  const { path, query } = here();
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  navigate(query.size > 0 ? `${path}?${query}` : path, { replace: true });
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const update = () => setPlace(here());
    addEventListener('popstate', update);
    addEventListener(CHANGED, update);
    return () => {
      removeEventListener('popstate', update);
      removeEventListener(CHANGED, update);
    };
  }, []);
  return place;
}

/** The link to one of our own pages that an event is about, if any. */
function ownLink(event: Event): HTMLAnchorElement | null {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.target || link.hasAttribute('download')) return null;
  if (link.origin !== location.origin || link.hash || SERVER_PATHS.test(link.pathname)) return null;
  return link;
}

/**
 * Lets plain links to our own pages move without loading the document anew. `prepare` fetches what
 * a path needs, as soon as the pointer or the focus is on a link to it; a click waits for it, but
 * not for long, so that the page before stands until the next one is there.
 */
export function followLinks(prepare: (path: string) => Promise<void>): void {
  const ready = (link: HTMLAnchorElement) => prepare(link.pathname).catch(() => undefined);
  for (const sign of ['pointerover', 'focusin']) {
    document.addEventListener(sign, (event) => {
      const link = ownLink(event);
      if (link) ready(link);
    });
  }
  document.addEventListener('click', async (event) => {
    const link = ownLink(event);
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const target = link.pathname + link.search;
    const move = ++moves;
    await Promise.race([ready(link), new Promise((late) => setTimeout(late, PATIENCE_MS))]);
    if (move === moves) navigate(target);
  });
}
