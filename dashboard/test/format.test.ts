import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago, date, duration, localeOf, plural, points, shortURL } from '../src/lib/format.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const before = (seconds: number) => ago(new Date(NOW - seconds * 1000).toISOString(), NOW);

test('a duration has the unit that keeps it short', () => {
  assert.deepEqual(duration(0.4), ['0', 'ms']);
  assert.deepEqual(duration(999), ['999', 'ms']);
  assert.equal(duration(1000)[1], 's');
  assert.equal(duration(60_000)[1], 'min');
});

test('the past is told in the largest fitting unit, from a week on by its date', () => {
  assert.equal(before(10), 'just now');
  for (const seconds of [90, 7_200, 3 * 86_400]) assert.match(before(seconds), /[1-9]/);
  assert.equal(before(3_590), '1 hour ago');
  assert.equal(before(86_390), '1 day ago');
  assert.equal(before(8 * 86_400), date(new Date(NOW - 8 * 86_400_000).toISOString(), NOW));
  assert.match(date('2019-07-01T12:00:00Z', NOW), /2019/);
});

test('differences carry their sign', () => {
  assert.equal(points(0.03), '+3 points');
  assert.equal(points(-0.01), '−1 point');
  assert.equal(points(0), '0 points');
});

test('counts agree with their nouns', () => {
  assert.equal(plural(1, 'page'), '1 page');
  assert.equal(plural(2, 'page'), '2 pages');
});

test('an address is shown without what everybody knows', () => {
  assert.equal(shortURL('https://www.example.com/a/'), 'example.com/a');
  assert.equal(shortURL('http://127.0.0.1:8000/?q=1'), '127.0.0.1:8000/?q=1');
});

test('words are those of the pages, figures those of where the reader is', () => {
  assert.equal(localeOf('de-DE'), 'en-DE');
  assert.equal(localeOf('ja'), 'en-JP');
  assert.equal(localeOf('en-GB'), 'en-GB');
  assert.equal(localeOf('en-US@posix'), 'en');
  assert.equal(new Intl.RelativeTimeFormat(localeOf('de')).format(-3, 'minute'), '3 minutes ago');
  assert.equal(new Intl.NumberFormat(localeOf('de')).format(1234.5), '1.234,5');
});
