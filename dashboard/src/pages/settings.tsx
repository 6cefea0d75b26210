import type { AnswerSettings, AnswerSettingsUpdate, RefusedTopic } from '@cevvo/sdk';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from '../components/icons.tsx';
import { Loaded, Page } from '../components/page.tsx';
import { Time } from '../components/time.tsx';
import { toast } from '../components/toast.tsx';
import { explain } from '../lib/failure.ts';
import { invalidate, useQuery } from '../lib/query.ts';
import { useSession } from '../lib/session.ts';
import '../styles/settings.css';

/** How the workspace answers. */
export default function Settings() {
  const { client } = useSession();
  const settings = useQuery('settings/answers', (signal) => client.settings.answers({ signal }));
  return (
    <Page title="Settings" lede="How this workspace answers. A change holds at once.">
      <Loaded query={settings}>
        {(stored) => <Form key={stored.updated_at} stored={stored} />}
      </Loaded>
    </Page>
  );
}

function Form({ stored }: { stored: AnswerSettings }) {
  const { client } = useSession();
  const [draft, setDraft] = useState(() => draftOf(stored));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const change = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
  const changed = JSON.stringify(draft) !== JSON.stringify(draftOf(stored));
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await client.settings.updateAnswers(updateOf(draft));
      invalidate('settings');
      toast('Saved');
    } catch (error) {
      setProblem(explain(error).detail);
    }
    setBusy(false);
  };
  return (
    <form class="settings" onSubmit={save}>
      <Voice draft={draft} change={change} />
      <Certainty draft={draft} change={change} />
      <Topics draft={draft} change={change} />
      <TakingOver draft={draft} change={change} />
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
      <Budgets draft={draft} change={change} />
      <div class="settings-foot">
        {problem && (
          <p class="form-error" role="alert">
            {problem}
          </p>
        )}
        <span class="small quiet">
          {stored.updated_at ? (
            <>
              Changed <Time at={stored.updated_at} />
            </>
          ) : (
            'As it ships'
          )}
        </span>
        <button
          type="button"
          class="button"
          disabled={!changed || busy}
          onClick={() => setDraft(draftOf(stored))}
        >
          Discard
        </button>
        <button type="submit" class="button primary" disabled={!changed || busy}>
          {busy ? 'Saving…' : 'Save'}
        </button>
      </div>
    </form>
  );
}

interface PartProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
}

function Voice({ draft, change }: PartProps) {
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

function Certainty({ draft, change }: PartProps) {
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

function Topics({ draft, change }: PartProps) {
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

function TakingOver({ draft, change }: PartProps) {
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

function Budgets({ draft, change }: PartProps) {
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

interface GroupProps {
  title: string;
  hint: string;
  children: ComponentChildren;
}

function Group({ title, hint, children }: GroupProps) {
  return (
    <section class="settings-group">
      <div>
        <h2>{title}</h2>
        <p class="small quiet">{hint}</p>
      </div>
      <div class="form">{children}</div>
    </section>
  );
}

/** The settings as they stand in the fields. */
interface Draft {
  name: string;
  instructions: string;
  wrongPercent: string;
  refuse: RefusedTopic[];
  handover: AnswerSettings['handover'];
  synonyms: string;
  tokens: string;
  cost: string;
}

function draftOf(stored: AnswerSettings): Draft {
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

function updateOf(draft: Draft): AnswerSettingsUpdate {
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
