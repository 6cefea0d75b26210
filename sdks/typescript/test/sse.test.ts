import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SSEDecoder } from '../src/core/sse.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function data(stream: Uint8Array, size: number): string[] {
  const decoder = new SSEDecoder();
  const found: string[] = [];
  for (let at = 0; at < stream.length; at += size) {
    for (const event of decoder.push(stream.subarray(at, at + size))) found.push(event.data);
  }
  return found;
}

const STREAMS: [string, string, string[]][] = [
  ['LF', 'data: a\n\ndata: b\n\n', ['a', 'b']],
  ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
  ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
  ['mixed ends', 'data: a\r\n\ndata: b\n\r\n', ['a', 'b']],
  ['comments', ': keep\n\ndata: a\n: in between\n\n:\n\n', ['a']],
  ['several data lines', 'data: {"a":\ndata: 1}\n\n', ['{"a":\n1}']],
  ['no space, two spaces', 'data:a\ndata:  b\n\n', ['a\n b']],
  ['an empty data line', 'data\n\ndata:\n\n', ['', '']],
  ['other fields', 'id: 7\nretry: 10\nevent: x\ndata: a\n\n', ['a']],
  ['a colon in the value', 'data: a: b\n\n', ['a: b']],
  ['a byte order mark', '\uFEFFdata: a\n\n', ['a']],
  ['wide characters', 'data: grüße 日本 🙂\n\n', ['grüße 日本 🙂']],
  ['unfinished at the end', 'data: a\n\ndata: b\n', ['a']],
];

for (const [name, text, expected] of STREAMS) {
  test(`decodes ${name}, however it is cut`, () => {
    const whole = bytes(text);
    for (let size = 1; size <= whole.length; size++) assert.deepEqual(data(whole, size), expected);
  });
}

test('names the kind of event and forgets it for the next', () => {
  const events = new SSEDecoder().push(bytes('event: error\ndata: a\n\ndata: b\n\n'));
  assert.deepEqual(events, [
    { event: 'error', data: 'a' },
    { event: 'message', data: 'b' },
  ]);
});

test('a kind of event without data does not leak into the next', () => {
  const events = new SSEDecoder().push(bytes('event: ping\n\ndata: a\n\n'));
  assert.deepEqual(events, [{ event: 'message', data: 'a' }]);
});
