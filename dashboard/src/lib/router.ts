/** Where the reader is, kept in the address alone: path for the page, query for filters and search. */
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  path: string;
  query: URLSearchParams;
}

const CHANGED = 'cevvo:navigated';
// Answered by the server, not by a page of this application.
const SERVER_PATHS = /^\/(api|docs|openapi\.json|assets)(\/|$)/;

function here(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

export function navigate(to: string, options: { replace?: boolean; state?: unknown } = {}): void {
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

/** Lets plain links to our own pages move without loading the document anew. */
export function followLinks(): void {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (SERVER_PATHS.test(link.pathname) || link.hash) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}
