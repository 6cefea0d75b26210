/** Who is signed in: a person, by a cookie that no script sees, or an API key of this tab. */
import { APIError, AuthenticationError, Cevvo } from '@cevvo/sdk';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Presence, Role } from './account.ts';

const STORE = 'cevvo.key';
const FRAGMENT = /^#key=(cevvo_[A-Za-z0-9_]+)$/;

export interface Session {
  client: Cevvo;
  /** Who it is and what they may do; null for an API key. */
  presence: Presence | null;
  /** First and last characters of the key, for people to tell keys apart; null for a person. */
  keyHint: string | null;
  /** Goes on as somebody, or somewhere, else. */
  enter: (presence: Presence) => void;
  signOut: () => void;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession is for pages behind the sign-in');
  return session;
}

/** Whom the server lets change sources and gaps, and whom what is the whole workspace's. */
const MAY: Record<'ingest' | 'admin', readonly Role[]> = {
  ingest: ['owner', 'admin', 'editor'],
  admin: ['owner', 'admin'],
};

/** Whether to offer it. What an API key may do is not known here: the server says. */
export function useMay(scope: keyof typeof MAY): boolean {
  const { presence } = useSession();
  return !presence || MAY[scope].includes(presence.workspace.role);
}

export function storedKey(): string | null {
  return sessionStorage.getItem(STORE);
}

export function storeKey(key: string | null): void {
  if (key) sessionStorage.setItem(STORE, key);
  else sessionStorage.removeItem(STORE);
}

/** The key of a sign-in link (`/#key=…`), kept; takes it out of the address and of the history. */
export function takeKeyFromAddress(): string | null {
  const key = FRAGMENT.exec(location.hash)?.[1] ?? null;
  if (key) {
    storeKey(key);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return key;
}

/**
 * A client with an API key, or without one as whoever is signed in. `onSignedOut` is told when the
 * server does not know this caller any more.
 */
export function connect(apiKey: string | null, onSignedOut?: () => void): Cevvo {
  const credentials = apiKey === null ? 'same-origin' : 'omit';
  return new Cevvo({
    apiKey,
    baseURL: `${location.origin}/api/v1`,
    timeout: 30_000,
    maxRetries: 1,
    allowSecretKeyInBrowser: true,
    fetch: async (input, init) => {
      const response = await fetch(input, { ...init, credentials, cache: 'no-store' });
      if (response.status === 401) onSignedOut?.();
      return response;
    },
  });
}

export function keyHint(key: string): string {
  return `${key.slice(0, 12)}…${key.slice(-4)}`;
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof AuthenticationError;
}

/** The code of an error that the API answered with. */
export function codeOf(error: unknown): string | null {
  return error instanceof APIError ? error.code : null;
}
