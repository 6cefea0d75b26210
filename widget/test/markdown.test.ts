import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Block, freeRows, type Inline, parseMarkdown } from '../src/markdown.ts';

/** A compact picture of the tree: `p(a **b**)` for easy comparison. */
function show(blocks: Block[]): string {
  return blocks.map(block).join(' ');
}

function block(node: Block): string {
  if (node.kind === 'paragraph') return `p(${inlines(node.children)})`;
  if (node.kind === 'heading') return `h${node.level}(${inlines(node.children)})`;
  if (node.kind === 'code') return `pre:${node.language}(${node.text})`;
  if (node.kind === 'quote') return `q(${show(node.children)})`;
  if (node.kind === 'table')
    return `t(${node.rows.map((row) => row.map(inlines).join('|')).join('/')})`;
  return `${node.ordered ? `ol${node.start}` : 'ul'}(${node.items.map(show).join('; ')})`;
}

function inlines(nodes: Inline[]): string {
  return nodes.map(one).join('');
}

function one(node: Inline): string {
  if (node.kind === 'text') return node.text;
  if (node.kind === 'code') return `<code ${node.text}>`;
  if (node.kind === 'mark') return `<mark ${node.source}#${node.index}>`;
  if (node.kind === 'link') return `<a ${node.href} ${inlines(node.children)}>`;
  return `<${node.kind} ${inlines(node.children)}>`;
}

const CASES: [string, string, string][] = [
  ['paragraphs', 'one\ntwo\n\nthree', 'p(one\ntwo) p(three)'],
  [
    'marks',
    'Open it [1]. Then [2, 3][1].',
    'p(Open it <mark 1#0>. Then <mark 2#1><mark 3#2><mark 1#3>.)',
  ],
  ['no marks in code', '`a[1]` x', 'p(<code a[1]> x)'],
  [
    'emphasis',
    '**a** *b* __c__ _d_ snake_case_name 2*3*4',
    'p(<strong a> <em b> <strong c> <em d> snake_case_name 2<em 3>4)',
  ],
  ['escapes', '\\*a\\* \\[1\\]', 'p(*a* [1])'],
  ['headings', '## Two ##\ntext', 'h2(Two) p(text)'],
  ['fenced code', '```sh\na [1]\n\n  b\n```\nafter', 'pre:sh(a [1]\n\n  b) p(after)'],
  ['a fence that is still open', '```\na', 'pre:(a)'],
  ['lists', '- a\n- b\n  - c\n\n- d\n\nafter', 'ul(p(a); p(b) ul(p(c)); p(d)) p(after)'],
  ['a list from seven', '7. a\n8) b', 'ol7(p(a); p(b))'],
  ['an item with code', '- a\n  ```\n  x\n  ```', 'ul(p(a) pre:(x))'],
  ['a quote', '> a\n> - b\n\nc', 'q(p(a) ul(p(b))) p(c)'],
  ['a table', '| a | b |\n|---|:-:|\n| 1 [1] | `x` |\n\nz', 't(a|b/1 <mark 1#0>|<code x>) p(z)'],
  [
    'links',
    '[a](https://x.test/y) <https://x.test/z>. mailto [m](mailto:a@b.c)',
    'p(<a https://x.test/y a> <<a https://x.test/z https://x.test/z>>. mailto <a mailto:a@b.c m>)',
  ],
  [
    'unsafe links',
    '[a](javascript:alert) [b](data:text/html,x) [c](//evil.test) [d](/etc)',
    'p(a b c d)',
  ],
  ['images load nothing', '![secret](https://evil.test/?q=1)', 'p(secret)'],
  ['HTML is text', '<img src=x onerror=alert(1)> <b>', 'p(<img src=x onerror=alert(1)> <b>)'],
  ['unfinished inlines', '**a [b](c `d', 'p(**a [b](c `d)'],
  ['windows line ends', 'a\r\n\r\nb', 'p(a) p(b)'],
];

for (const [name, text, expected] of CASES) {
  test(`parses ${name}`, () => assert.equal(show(parseMarkdown(text).blocks), expected));
}

test('takes linear time on hostile text', () => {
  for (const piece of ['[', '*', '_a', '`', '> ', '- ', '|', '![](', '\\', '**a', 'https://']) {
    const start = performance.now();
    parseMarkdown(piece.repeat(50_000 / piece.length));
    assert.ok(performance.now() - start < 1500, piece);
  }
});

test('rows that lost their table can be read, a table stays one', () => {
  assert.equal(freeRows('| 429 | `rate_limited` |'), '429 · `rate_limited`');
  assert.equal(freeRows('before\n| a | b |\nafter'), 'before\na · b\nafter');
  const table = '| a | b |\n|---|:-:|\n| 1 | 2 |';
  assert.equal(freeRows(table), table);
});
