/**
 * Where a passage is in a text. The server counts characters, as people do; JavaScript counts
 * UTF-16 units, of which some characters, such as 🎈, take two.
 */

/** The index in JavaScript's counting of the character at `position`. */
export function unitsUntil(text: string, position: number): number {
  let units = 0;
  for (let characters = 0; characters < position && units < text.length; characters++) {
    units += (text.codePointAt(units) as number) > 0xffff ? 2 : 1;
  }
  return units;
}

export interface Cut {
  before: string;
  passage: string;
  after: string;
  /** Whether there is more text than what is in `before` and `after`. */
  shortened: boolean;
}

/** The text around characters `start` to `end`, with at most `around` units on each side. */
export function cut(text: string, start: number, end: number, around = Infinity): Cut {
  const from = unitsUntil(text, start);
  const to = from + unitsUntil(text.slice(from), Math.max(0, end - start));
  const first = Math.max(0, from - around);
  const last = Math.min(text.length, to + around);
  return {
    before: text.slice(first, from),
    passage: text.slice(from, to),
    after: text.slice(to, last),
    shortened: first > 0 || last < text.length,
  };
}
