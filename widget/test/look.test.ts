import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contrast, filled, inkOn, type Look, readableOn, withAttributes } from '../src/look.ts';

test('contrast is that of WCAG', () => {
  assert.equal(contrast('#000000', '#ffffff'), 21);
  assert.equal(contrast('#ffffff', '#ffffff'), 1);
  assert.equal(contrast('#767676', '#ffffff').toFixed(2), '4.54');
});

test('text can be read on any colour, and any colour as text on paper', () => {
  for (let hue = 0; hue < 0x1000000; hue += 0x020f1b) {
    const color = `#${hue.toString(16).padStart(6, '0')}`;
    assert.ok(contrast(inkOn(color), color) >= 4.5, color);
    for (const paper of ['#ffffff', '#1b1c1f']) {
      assert.ok(contrast(readableOn(paper, color), paper) >= 4.5, `${color} on ${paper}`);
    }
  }
});

test('attributes of the page change the look, nonsense does not', () => {
  const look = { color: '#000000', theme: 'auto', position: 'right' } as Look;
  const given = { color: '#ABCDEF', theme: 'dark', position: 'left' };
  assert.deepEqual(withAttributes(look, given), given);
  const odd = { color: 'red;}', theme: 'neon', position: 'top' };
  assert.deepEqual(withAttributes(look, odd), look);
});

test('fills the places of a text that there are values for', () => {
  assert.equal(filled('{a} of {b}, {toString}', { a: 1 }), '1 of {b}, {toString}');
});
