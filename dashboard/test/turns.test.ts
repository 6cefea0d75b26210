import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@cevvo/sdk';
import { isGap, turnsOf } from '../src/lib/turns.ts';

const at = '2026-03-10T14:30:00Z';
const asked = (content: string): Message => ({
  id: 'msg_u',
  role: 'user',
  content,
  created_at: at,
});
const answered = (content: string, more: Partial<Message> = {}): Message => ({
  id: 'msg_a',
  role: 'assistant',
  content,
  created_at: at,
  ...more,
});

function turns(...messages: Message[]) {
  return turnsOf({ id: 'thr_1', title: '', created_at: at, messages });
}

test('pairs each question with its answer', () => {
  const found = turns(asked('A?'), answered('a', { answered: true }), asked('B?'), answered('b'));
  assert.deepEqual(
    found.map(({ question, text, state }) => [question, text, state]),
    [
      ['A?', 'a', 'done'],
      ['B?', 'b', 'done'],
    ],
  );
  assert.notEqual(found[0]?.key, found[1]?.key);
});

test('a question without an answer, or with half of one, was stopped', () => {
  const [half, none] = turns(asked('A?'), answered('a…', { status: 'interrupted' }), asked('B?'));
  assert.deepEqual(
    [half?.state, half?.text, none?.state, none?.text],
    ['stopped', 'a…', 'stopped', ''],
  );
});

test('keeps the rating that was given', () => {
  const feedback = { rating: 'negative', comment: 'Too short.' } as const;
  const [turn] = turns(asked('A?'), answered('a', { feedback }));
  assert.deepEqual(
    [turn?.rating, turn?.comment, turn?.messageId],
    ['negative', 'Too short.', 'msg_a'],
  );
});

test('what the sources do not say is a gap; what is refused, or has a person asked for, is not', () => {
  const [missing, refused, person] = turns(
    asked('A?'),
    answered('Not found.', {
      answered: false,
      confidence: 0.2,
      handover: { reason: 'missing_knowledge' },
    }),
    asked('B?'),
    answered('Not that.', { answered: false, confidence: 1 }),
    asked('C!'),
    answered('A person comes.', {
      answered: true,
      confidence: 1,
      handover: { reason: 'customer_request' },
    }),
  );
  assert.deepEqual(
    [missing, refused, person].map((turn) => turn && [isGap(turn), turn.handover?.reason]),
    [
      [true, 'missing_knowledge'],
      [false, undefined],
      [false, 'customer_request'],
    ],
  );
});
