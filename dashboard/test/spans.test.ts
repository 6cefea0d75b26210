import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut, unitsUntil } from '../src/lib/spans.ts';

test('a passage is found by its characters, whatever stands before it', () => {
  const text = 'Balloons 🎈🎈 rise. 気球 sink.';
  const characters = Array.from(text);
  for (const [start, end] of [
    [0, 8],
    [9, 11],
    [12, 16],
    [18, characters.length],
  ] as const) {
    const { before, passage, after } = cut(text, start, end);
    assert.equal(passage, characters.slice(start, end).join(''));
    assert.equal(before + passage + after, text);
  }
  assert.equal(unitsUntil(text, 10_000), text.length);
});

test('a long text is shown around its passage', () => {
  const text = 'x'.repeat(100) + 'here' + 'y'.repeat(100);
  assert.deepEqual(cut(text, 100, 104, 10), {
    before: 'x'.repeat(10),
    passage: 'here',
    after: 'y'.repeat(10),
    shortened: true,
  });
  assert.equal(cut(text, 100, 104).shortened, false);
});
