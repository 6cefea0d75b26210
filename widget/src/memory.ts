/** What a browser remembers of a visitor: their token, their thread, what they were typing. */

export interface Remembered {
  token?: string;
  /** Milliseconds since 1970. */
  expires?: number;
  thread?: string;
  draft?: string;
}

export interface Memory {
  get(): Remembered;
  /** Changes what is given; undefined forgets it. */
  set(changes: { [Name in keyof Remembered]: Remembered[Name] | undefined }): void;
}

/** Kept in the page's storage, or for as long as the page is open where there is none. */
export function memoryFor(apiKey: string, now = Date.now): Memory {
  const name = `cevvo.${apiKey.slice(-10)}`;
  let held = stored(name);
  return {
    get() {
      const { expires, token, thread, ...rest } = held;
      if (expires !== undefined && expires <= now()) held = rest; // nobody can be told by it now
      return held;
    },
    set(changes) {
      const next: Record<string, unknown> = { ...held, ...changes };
      for (const [key, value] of Object.entries(next)) if (value === undefined) delete next[key];
      held = next as Remembered;
      try {
        localStorage.setItem(name, JSON.stringify(held));
      } catch {
        // Full, or forbidden: it is remembered until the page is left.
      }
    },
  };
}

function stored(name: string): Remembered {
  try {
    const { token, expires, thread, draft } = JSON.parse(localStorage.getItem(name) ?? '{}');
    return {
      ...(typeof token === 'string' ? { token } : {}),
      ...(typeof expires === 'number' ? { expires } : {}),
      ...(typeof thread === 'string' ? { thread } : {}),
      ...(typeof draft === 'string' ? { draft } : {}),
    };
  } catch {
    return {};
  }
}
