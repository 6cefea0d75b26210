/** How the settings of answers are edited. */
import type { AnswerSettings, AnswerSettingsUpdate, RefusedTopic } from '@cevvo/sdk';

/** The settings as they stand in the fields. */
export interface Draft {
  name: string;
  instructions: string;
  wrongPercent: string;
  refuse: RefusedTopic[];
  handover: AnswerSettings['handover'];
  synonyms: string;
  tokens: string;
  cost: string;
}

export function draftOf(stored: AnswerSettings): Draft {
  const { max_wrong_rate } = stored;
  return {
    name: stored.assistant_name ?? '',
    instructions: stored.instructions ?? '',
    wrongPercent: max_wrong_rate === null ? '' : String(+(max_wrong_rate * 100).toFixed(6)),
    refuse: stored.refuse,
    handover: stored.handover,
    synonyms: stored.synonyms.map((group) => group.join(', ')).join('\n'),
    tokens: String(stored.tokens_per_day ?? ''),
    cost: String(stored.cost_per_day ?? ''),
  };
}

const words = (text: string | null) => text?.trim() || null;
const figure = (text: string) => (text.trim() ? Number(text) : null);
const parts = (text: string, between: RegExp) =>
  text
    .split(between)
    .map((part) => part.trim())
    .filter(Boolean);

export function updateOf(draft: Draft): AnswerSettingsUpdate {
  const wrong = figure(draft.wrongPercent);
  const synonyms = parts(draft.synonyms, /\n/).map((line) => parts(line, /,/));
  return {
    assistant_name: words(draft.name),
    instructions: words(draft.instructions),
    max_wrong_rate: wrong === null ? null : wrong / 100,
    refuse: draft.refuse.map(({ topic, reply }) => ({ topic: topic.trim(), reply: words(reply) })),
    handover: { ...draft.handover, message: words(draft.handover.message) },
    synonyms,
    tokens_per_day: figure(draft.tokens),
    cost_per_day: figure(draft.cost),
  };
}
