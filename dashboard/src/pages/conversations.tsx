import type { ConversationFilter } from '@cevvo/sdk';
import { useState } from 'preact/hooks';
import { Pager, usePageNumber } from '../components/controls.tsx';
import { Empty, Loaded, Page } from '../components/page.tsx';
import { Time } from '../components/time.tsx';
import { toast } from '../components/toast.tsx';
import { explain } from '../lib/failure.ts';
import { count, plural } from '../lib/format.ts';
import { useQuery } from '../lib/query.ts';
import { setQuery, usePlace } from '../lib/router.ts';
import { useSession } from '../lib/session.ts';
import '../styles/insight.css';

/** What can be chosen, in the names of the API; the first of each is no restriction. */
const CHOICES = {
  period: ['Any time', ['24h', '24 hours'], ['7d', '7 days'], ['30d', '30 days'], ['90d', '90 days']],
  resolution: [
    'Any outcome',
    ['resolved', 'Resolved'],
    ['confirmed', 'Confirmed'],
    ['unresolved', 'Unresolved'],
  ],
  answered: ['Any answer', ['true', 'Answered'], ['false', 'Unanswered']],
  low_confidence: ['Any confidence', ['true', 'Low confidence'], ['false', 'Confident']],
  rating: ['Any rating', ['positive', 'Rated good'], ['negative', 'Rated bad']],
  escalated: ['Any hand-over', ['true', 'A person was asked for']],
  test: ['Tests included', ['false', 'No tests'], ['true', 'Only tests']],
} as const;
const NAMES = [...Object.keys(CHOICES), 'question', 'model', 'since', 'until', 'q'];
const LABELS: Record<keyof typeof CHOICES, string> = {
  period: 'Time',
  resolution: 'Outcome',
  answered: 'Answer',
  low_confidence: 'Confidence',
  rating: 'Rating',
  escalated: 'Person',
  test: 'Tests',
};

/** The filters in the address. */
function useFilters(): Record<string, string> {
  const { query } = usePlace();
  return Object.fromEntries([...query].filter(([name, value]) => NAMES.includes(name) && value));
}

export default function Conversations() {
  const { client } = useSession();
  const page = usePageNumber();
  const filters = useFilters();
  const key = new URLSearchParams(filters);
  // As the API takes them: texts, whatever their types are called here.
  const wanted = filters as ConversationFilter;
  const conversations = useQuery(`conversations?page=${page}&${key}`, (signal) =>
    client.conversations.list({ ...wanted, page, per_page: 25 }, { signal }),
  );
  return (
    <Page
      title="Conversations"
      lede="What people asked, and what they were told. Latest first."
      actions={<Export wanted={wanted} />}
    >
      <Filters filters={filters} />
      <Loaded query={conversations}>
        {({ data, meta }) =>
          meta.total === 0 ? (
            <Nothing filtered={key.size > 0} searched={meta.searched} />
          ) : (
            <>
              {meta.searched && <p class="small quiet searched">{onlySearched(meta.searched)}</p>}
              <ul class="rows">
                {data.map((conversation) => (
                  <li key={conversation.id} class="conversation-row">
                    <a class="plain" dir="auto" href={`/conversations/${conversation.id}`}>
                      {conversation.title}
                    </a>
                    <span class="small quiet number">
                      {plural(conversation.message_count, 'message')}
                    </span>
                    <span class="small quiet">
                      <Time at={conversation.updated_at} />
                    </span>
                  </li>
                ))}
              </ul>
              <Pager meta={meta} noun="conversations" />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Filters({ filters }: { filters: Record<string, string> }) {
  const searched = filters.q ?? '';
  const [words, setWords] = useState(searched);
  const [before, setBefore] = useState(searched);
  if (before !== searched) {
    setBefore(searched);
    setWords(searched);
  }
  const about = usePlace().query.get('about');
  const choose = (name: string, value: string) => setQuery({ [name]: value || null, page: null });
  const search = (event: Event) => {
    event.preventDefault();
    choose('q', words.trim());
  };
  return (
    <>
      <form class="search-filters" role="search" onSubmit={search}>
        <label class="filter-words">
          <span class="visually-hidden">Words of a message</span>
          <input
            class="input"
            type="search"
            placeholder="Search in messages"
            maxLength={200}
            value={words}
            onInput={(event) => setWords(event.currentTarget.value)}
            onBlur={search}
          />
        </label>
        {(Object.keys(CHOICES) as (keyof typeof CHOICES)[]).map((name) => (
          <Choice
            key={name}
            name={name}
            value={filters[name] ?? ''}
            onChange={(value) => choose(name, value)}
          />
        ))}
      </form>
      {filters.question && (
        <p class="filter-about">
          <span dir="auto">
            Asked: <b>{about ?? filters.question}</b>
          </span>
          <button
            type="button"
            class="button compact"
            onClick={() => setQuery({ question: null, about: null, page: null })}
          >
            Show all questions
          </button>
        </p>
      )}
    </>
  );
}

interface ChoiceProps {
  name: keyof typeof CHOICES;
  value: string;
  onChange: (value: string) => void;
}

function Choice({ name, value, onChange }: ChoiceProps) {
  const [all, ...choices] = CHOICES[name];
  return (
    <label>
      <span class="visually-hidden">{LABELS[name]}</span>
      <select
        class="input"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        <option value="">{all}</option>
        {choices.map(([choice, label]) => (
          <option key={choice} value={choice}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Saves what the filters leave, as JSON Lines. */
function Export({ wanted }: { wanted: ConversationFilter }) {
  const { client } = useSession();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const file = await client.conversations.export(wanted);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(file);
      link.download = 'conversations.jsonl';
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      toast(explain(error).title);
    }
    setBusy(false);
  };
  return (
    <button type="button" class="button" disabled={busy} onClick={save}>
      {busy ? 'Exporting…' : 'Export'}
    </button>
  );
}

/** Of words that are too short, or said too often, to be looked up. */
const onlySearched = (conversations: number) =>
  `Such words are looked for in the latest ${count(conversations)} conversations alone. Choose a shorter time, or longer words.`;

function Nothing({ filtered, searched }: { filtered: boolean; searched: number | null | undefined }) {
  if (filtered) {
    const none = Object.fromEntries([...NAMES, 'about', 'page'].map((name) => [name, null]));
    return (
      <Empty
        title="No conversation is like that"
        action={
          <button type="button" class="button" onClick={() => setQuery(none)}>
            Show all conversations
          </button>
        }
      >
        {searched ? onlySearched(searched) : 'Take out a filter, or choose a longer time.'}
      </Empty>
    );
  }
  return (
    <Empty
      title="Nobody has asked yet"
      action={
        <a class="button primary" href="/ask">
          Ask the first question
        </a>
      }
    >
      Questions from this dashboard, the widget and the API all show up here, with their answers.
    </Empty>
  );
}
