import type { RefusedTopic } from '@cevvo/sdk';
import { Icon } from '../../components/icons.tsx';
import type { Draft } from './draft.ts';
import { Group } from '../../components/group.tsx';

interface PartProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
}

export function Voice({ draft, change }: PartProps) {
  return (
    <Group
      title="Voice"
      hint="For language models: how something is said, never what it rests on. Which models answer is set on the server."
    >
      <label class="field">
        <span>Name of the assistant</span>
        <input
          class="input"
          maxLength={100}
          value={draft.name}
          onInput={(event) => change({ name: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>Instructions</span>
        <textarea
          class="input"
          rows={3}
          maxLength={4000}
          placeholder="Friendly and brief. Address the reader as you."
          value={draft.instructions}
          onInput={(event) => change({ instructions: event.currentTarget.value })}
        />
      </label>
    </Group>
  );
}

export function Certainty({ draft, change }: PartProps) {
  return (
    <Group
      title="How sure an answer must be"
      hint="The lower, the more questions are left unanswered rather than answered wrongly."
    >
      <label class="field">
        <span>Wrong answers that are acceptable, in percent</span>
        <input
          class="input short"
          type="number"
          min={1}
          max={50}
          step="any"
          placeholder="as it ships"
          value={draft.wrongPercent}
          onInput={(event) => change({ wrongPercent: event.currentTarget.value })}
        />
      </label>
    </Group>
  );
}

export function Topics({ draft, change }: PartProps) {
  const { refuse } = draft;
  const put = (at: number, topic: RefusedTopic) => change({ refuse: refuse.with(at, topic) });
  return (
    <Group title="What is not talked about" hint="Whatever the sources say. Without a reply of yours a short sentence is given.">
      {refuse.map((each, at) => (
        <div key={at} class="topic">
          <input
            class="input"
            aria-label={`Topic ${at + 1}`}
            placeholder="legal advice"
            required
            minLength={2}
            maxLength={200}
            value={each.topic}
            onInput={(event) => put(at, { ...each, topic: event.currentTarget.value })}
          />
          <input
            class="input"
            aria-label={`Reply to topic ${at + 1}`}
            placeholder="Please ask our lawyers."
            maxLength={2000}
            value={each.reply ?? ''}
            onInput={(event) => put(at, { ...each, reply: event.currentTarget.value })}
          />
          <button
            type="button"
            class="button ghost icon"
            aria-label={`Remove topic ${at + 1}`}
            onClick={() => change({ refuse: refuse.toSpliced(at, 1) })}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      <button
        type="button"
        class="button compact add-topic"
        onClick={() => change({ refuse: [...refuse, { topic: '', reply: null }] })}
      >
        <Icon name="plus" size={16} /> Add a topic
      </button>
    </Group>
  );
}

const REASONS = [
  ['customer_request', 'Somebody asks for a person'],
  ['missing_knowledge', 'The sources do not say'],
  ['policy', 'The topic is not talked about'],
] as const;

export function TakingOver({ draft, change }: PartProps) {
  const { handover } = draft;
  return (
    <Group title="When a person takes over" hint="Answers then say so, for your help desk to see.">
      {REASONS.map(([reason, words]) => (
        <label key={reason} class="check">
          <input
            type="checkbox"
            checked={handover[reason]}
            onChange={(event) =>
              change({ handover: { ...handover, [reason]: event.currentTarget.checked } })
            }
          />
          <span>{words}</span>
        </label>
      ))}
      <label class="field">
        <span>What is said then</span>
        <textarea
          class="input"
          rows={2}
          maxLength={2000}
          placeholder="Write to support@example.com, and a person will answer within a day."
          value={handover.message ?? ''}
          onInput={(event) =>
            change({ handover: { ...handover, message: event.currentTarget.value } })
          }
        />
      </label>
    </Group>
  );
}

export function Synonyms({ draft, change }: PartProps) {
  return (
    <Group title="Words that mean the same" hint="One group a line, parted by commas.">
      <textarea
        class="input"
        rows={3}
        aria-label="Synonyms"
        placeholder="sign in, log in, login"
        value={draft.synonyms}
        onInput={(event) => change({ synonyms: event.currentTarget.value })}
      />
    </Group>
  );
}

export function Budgets({ draft, change }: PartProps) {
  return (
    <Group
      title="Budgets of language models"
      hint="A day is one of UTC. What is used up is refused until the next; quotations go on."
    >
      <label class="field">
        <span>Tokens a day</span>
        <input
          class="input short"
          type="number"
          min={1}
          placeholder="no bound"
          value={draft.tokens}
          onInput={(event) => change({ tokens: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>Cost a day, in the currency of your prices</span>
        <input
          class="input short"
          type="number"
          min={0.01}
          step="any"
          placeholder="no bound"
          value={draft.cost}
          onInput={(event) => change({ cost: event.currentTarget.value })}
        />
      </label>
    </Group>
  );
}
