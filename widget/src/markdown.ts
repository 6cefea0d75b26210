/**
 * The Markdown that answers are written in: headings, paragraphs, lists, quotes, fenced code, pipe
 * tables; strong, emphasis, code, links; and citation marks such as `[1]` or `[1, 2]`.
 *
 * HTML stays text, images are reduced to their description, and a link that is not http, https or
 * mailto is not a link: nothing an answer says can load or run anything. Time is linear in the
 * length of the text.
 */

import { isSafe } from './address.ts';

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong'; children: Inline[] }
  | { kind: 'em'; children: Inline[] }
  | { kind: 'link'; href: string; children: Inline[] }
  /** `index` counts the marks of the whole text from 0. */
  | { kind: 'mark'; source: number; index: number };

export type Block =
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'heading'; level: number; children: Inline[] }
  | { kind: 'code'; language: string; text: string }
  | { kind: 'quote'; children: Block[] }
  | { kind: 'list'; ordered: boolean; start: number; items: Block[][] }
  | { kind: 'table'; rows: Inline[][][] };

const FENCE = /^ {0,3}(```+|~~~+)\s*([\w+#.-]*)/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const QUOTE = /^ {0,3}> ?/;
const TABLE_RULE = /^[\s|:-]+$/;
const DEEPEST = 8;

export interface Markdown {
  blocks: Block[];
  /** The source that each mark names, in the order of the text. */
  marks: number[];
}

export function parseMarkdown(text: string): Markdown {
  const marks: Marks = [];
  return { blocks: blocks(text.replace(/\r\n?/g, '\n').split('\n'), marks, 0), marks };
}

type Marks = number[];

function blocks(lines: string[], marks: Marks, depth: number): Block[] {
  const found: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] as string;
    const fence = FENCE.exec(line);
    const heading = HEADING.exec(line);
    if (line.trim() === '') {
      at++;
    } else if (fence) {
      const end = endOfFence(lines, at + 1, fence[1] as string);
      const text = lines.slice(at + 1, end).join('\n');
      found.push({ kind: 'code', language: fence[2] as string, text });
      at = end + 1;
    } else if (heading) {
      const level = (heading[1] as string).length;
      found.push({ kind: 'heading', level, children: inline(heading[2] as string, marks) });
      at++;
    } else if (QUOTE.test(line) && depth < DEEPEST) {
      const end = endWhere(lines, at, (next) => !QUOTE.test(next));
      const inner = lines.slice(at, end).map((quoted) => quoted.replace(QUOTE, ''));
      found.push({ kind: 'quote', children: blocks(inner, marks, depth + 1) });
      at = end;
    } else if (ITEM.test(line) && depth < DEEPEST) {
      const end = endOfList(lines, at);
      found.push(list(lines.slice(at, end), marks, depth));
      at = end;
    } else if (startsTable(lines, at)) {
      const end = endWhere(lines, at, (next) => !next.includes('|'));
      const rows = [lines[at] as string, ...lines.slice(at + 2, end)];
      found.push({ kind: 'table', rows: rows.map((row) => cells(row, marks)) });
      at = end;
    } else {
      const end = Math.max(at + 1, endWhere(lines, at, startsBlock));
      found.push({ kind: 'paragraph', children: inline(lines.slice(at, end).join('\n'), marks) });
      at = end;
    }
  }
  return found;
}

function startsBlock(line: string): boolean {
  return (
    line.trim() === '' ||
    FENCE.test(line) ||
    HEADING.test(line) ||
    QUOTE.test(line) ||
    ITEM.test(line)
  );
}

function endWhere(lines: string[], from: number, stop: (line: string) => boolean): number {
  let at = from;
  while (at < lines.length && !stop(lines[at] as string)) at++;
  return at;
}

/** The closing fence, or the end: an answer that is still being written has not closed it yet. */
function endOfFence(lines: string[], from: number, fence: string): number {
  return endWhere(lines, from, (line) => line.trim().startsWith(fence));
}

function endOfList(lines: string[], from: number): number {
  let at = from;
  while (at < lines.length) {
    const line = lines[at] as string;
    const next = lines[at + 1];
    if (line.trim() === '' && !(next && (ITEM.test(next) || /^\s+\S/.test(next)))) break;
    if (line.trim() !== '' && !ITEM.test(line) && !/^\s/.test(line)) break;
    at++;
  }
  return at;
}

function list(lines: string[], marks: Marks, depth: number): Block {
  const [, indent = '', bullet = '-'] = ITEM.exec(lines[0] as string) ?? [];
  const items: string[][] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item && (item[1] as string).length <= indent.length) items.push([item[3] as string]);
    else items.at(-1)?.push(line.replace(/^ {1,4}|^\t/, ''));
  }
  return {
    kind: 'list',
    ordered: /\d/.test(bullet),
    start: Number.parseInt(bullet, 10) || 1,
    items: items.map((item) => blocks(item, marks, depth + 1)),
  };
}

function startsTable(lines: string[], at: number): boolean {
  const rule = lines[at + 1];
  return (
    !!rule && (lines[at] as string).includes('|') && rule.includes('-') && TABLE_RULE.test(rule)
  );
}

function cells(row: string, marks: Marks): Inline[][] {
  const inner = row.trim().replace(/^\||\|$/g, '');
  return inner.split(/(?<!\\)\|/).map((cell) => inline(cell.trim(), marks));
}

// One alternative per kind, each bounded by a character that it cannot contain.
const TOKEN =
  /\\([!-/:-@[-`{-~])|(`+)([^`]+)\2|!?\[([^\][\n]*)\]\(([^()\s]*)\)|\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]|\*\*([^*\n]+)\*\*|__([^_\n]+)__|\*([^*\s][^*\n]*)\*|(?<![\w])_([^_\s][^_\n]*)_(?!\w)|(https?:\/\/[^\s<>()[\]"'`]+[^\s<>()[\]"'`.,;:!?])/g;

function inline(text: string, marks: Marks): Inline[] {
  const found: Inline[] = [];
  const plain = (piece: string) => {
    const last = found.at(-1);
    if (last?.kind === 'text') last.text += piece;
    else if (piece) found.push({ kind: 'text', text: piece });
  };
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    plain(text.slice(from, match.index));
    from = match.index + match[0].length;
    const [whole, escaped, , code, label, href, numbers, strong, strong2, em, em2, url] = match;
    if (escaped) plain(escaped);
    else if (code !== undefined) found.push({ kind: 'code', text: code.trim() || code });
    else if (label !== undefined) found.push(...link(whole, label, href ?? '', marks));
    else if (numbers) found.push(...markers(numbers, marks));
    else if (strong ?? strong2) {
      found.push({ kind: 'strong', children: inline((strong ?? strong2) as string, marks) });
    } else if (em ?? em2) {
      found.push({ kind: 'em', children: inline((em ?? em2) as string, marks) });
    } else if (url) {
      found.push({ kind: 'link', href: url, children: [{ kind: 'text', text: url }] });
    }
  }
  plain(text.slice(from));
  return found;
}

function link(whole: string, label: string, href: string, marks: Marks): Inline[] {
  const children = inline(label, marks);
  if (whole.startsWith('!') || !isSafe(href)) return children;
  return [{ kind: 'link', href, children }];
}

function markers(numbers: string, marks: Marks): Inline[] {
  return numbers.split(',').map((number) => {
    const source = Number(number);
    return { kind: 'mark', source, index: marks.push(source) - 1 };
  });
}

/**
 * A quotation as it can stand by itself: rows without their table become cells with dots between
 * them. A whole table stays one.
 */
export function freeRows(quote: string): string {
  if (/^[ \t]*\|[ \t|:-]*-[ \t|:-]*\|[ \t]*$/m.test(quote)) return quote;
  return quote.replace(/^[ \t]*\|(.+)\|[ \t]*$/gm, (_, row: string) =>
    row
      .split('|')
      .map((cell) => cell.trim())
      .join(' · '),
  );
}
