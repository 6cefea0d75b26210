/** Who is signed in: one API key, kept for as long as the tab lives. */
import { AuthenticationError, Cevvo } from '@cevvo/sdk';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

const STORE = 'cevvo.key';
const FRAGMENT = /^#key=(cevvo_[A-Za-z0-9_]+)$/;

export interface Session {
  client: Cevvo;
  /** First and last characters of the key, for people to tell keys apart. */
  keyHint: string;
  signOut: (reason?: string) => void;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession is for pages behind the sign-in');
  return session;
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

export function connect(apiKey: string): Cevvo {
  return new Cevvo({
    apiKey,
    baseURL: `${location.origin}/api/v1`,
    timeout: 30_000,
    maxRetries: 1,
    allowSecretKeyInBrowser: true,
    fetch: (input, init) => fetch(input, { ...init, credentials: 'omit', cache: 'no-store' }),
  });
}

export function keyHint(key: string): string {
  return `${key.slice(0, 12)}…${key.slice(-4)}`;
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof AuthenticationError;
}
