import type { ComponentChildren } from 'preact';
import { Segmented } from '../../components/controls.tsx';
import { languageName, languagesOf, shippedIn, type WidgetSettings } from '../../lib/widget.ts';

export interface FieldsProps {
  draft: WidgetSettings;
  set: (changes: Partial<WidgetSettings>) => void;
  /** Whose words are edited and shown. */
  language: string;
  setLanguage: (language: string) => void;
}

const THEMES = [
  ['auto', 'As the visitor’s system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;
const POSITIONS = [
  ['right', 'Right'],
  ['left', 'Left'],
] as const;
/** Those that most owners want to write themselves; the API takes all of them. */
const WORDS = [
  ['launcher', 'On the button'],
  ['title', 'Title'],
  ['greeting', 'Greeting'],
  ['placeholder', 'In the empty field'],
  ['notice', 'Below the field'],
] as const;
const MOST_SUGGESTIONS = 6;

function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <fieldset class="widget-group">
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}

export function Look({ draft, set }: FieldsProps) {
  return (
    <Group title="Look">
      <label class="field">
        <span>Colour</span>
        <span class="widget-colour">
          <input
            type="color"
            value={draft.color}
            onInput={(event) => set({ color: event.currentTarget.value })}
          />
          <code>{draft.color}</code>
        </span>
      </label>
      <div class="field">
        <span>Light or dark</span>
        <Segmented
          label="Light or dark"
          choices={THEMES}
          value={draft.theme}
          onChange={(theme) => set({ theme })}
        />
      </div>
      <div class="field">
        <span>Corner</span>
        <Segmented
          label="Corner"
          choices={POSITIONS}
          value={draft.position}
          onChange={(position) => set({ position })}
        />
      </div>
    </Group>
  );
}

export function Words({ draft, set, language, setLanguage }: FieldsProps) {
  const languages = languagesOf(draft);
  const own = draft.texts[language] ?? {};
  const shipped = shippedIn(language);
  const write = (name: (typeof WORDS)[number][0], text: string) => {
    const { [name]: _, ...others } = own;
    const next = text ? { ...others, [name]: text } : others;
    set({ texts: { ...draft.texts, [language]: next } });
  };
  return (
    <Group title="Words">
      <label class="field">
        <span>Language of the widget</span>
        <select
          class="input"
          value={draft.language ?? ''}
          onChange={({ currentTarget: { value } }) => {
            set({ language: value || null });
            if (value) setLanguage(value);
          }}
        >
          <option value="">That of the page, else of the browser</option>
          {languages.map((each) => (
            <option key={each} value={each}>
              Always {languageName(each)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>Your own words in</span>
        <select
          class="input"
          value={language}
          onChange={(event) => setLanguage(event.currentTarget.value)}
        >
          {languages.map((each) => (
            <option key={each} value={each}>
              {languageName(each)}
            </option>
          ))}
        </select>
      </label>
      {WORDS.map(([name, label]) => (
        <label key={name} class="field">
          <span>{label}</span>
          <input
            class="input"
            maxLength={300}
            dir="auto"
            placeholder={shipped[name]}
            value={own[name] ?? ''}
            onInput={(event) => write(name, event.currentTarget.value)}
          />
        </label>
      ))}
      <label class="field">
        <span>Questions to begin with, one a line</span>
        <textarea
          class="input"
          rows={3}
          dir="auto"
          placeholder="How do I reset my password?"
          value={draft.suggestions.join('\n')}
          onInput={({ currentTarget: { value } }) =>
            set({ suggestions: value ? value.split('\n').slice(0, MOST_SUGGESTIONS) : [] })
          }
        />
      </label>
    </Group>
  );
}

export function Person({ draft, set }: FieldsProps) {
  return (
    <Group title="Where your documents do not say">
      <label class="check">
        <input
          type="checkbox"
          checked={draft.contact_form}
          onChange={(event) => set({ contact_form: event.currentTarget.checked })}
        />
        <span>Visitors can leave a message for a person, which stays with the conversation</span>
      </label>
      <label class="field">
        <span>Address that they can write to</span>
        <input
          class="input"
          type="email"
          placeholder="support@example.com"
          value={draft.contact_email ?? ''}
          onInput={(event) => set({ contact_email: event.currentTarget.value.trim() || null })}
        />
      </label>
    </Group>
  );
}

export function AskPage({ draft, set }: FieldsProps) {
  const { ask_page } = draft;
  return (
    <Group title="Page to ask on">
      <label class="field">
        <span>Last part of its address; empty: there is no such page</span>
        <span class="widget-slug">
          <code>{location.origin}/ask/</code>
          <input
            class="input"
            maxLength={60}
            pattern="[a-z0-9]+(-[a-z0-9]+)*"
            title="Small letters, digits, and single hyphens between them"
            placeholder="larkspur"
            value={ask_page ?? ''}
            onInput={(event) => set({ ask_page: event.currentTarget.value.trim() || null })}
          />
        </span>
        <small>Everyone who knows the address may ask there. It works without JavaScript.</small>
      </label>
      {ask_page && (
        <label class="check">
          <input
            type="checkbox"
            checked={draft.ask_page_indexed}
            onChange={(event) => set({ ask_page_indexed: event.currentTarget.checked })}
          />
          <span>Search engines may list it</span>
        </label>
      )}
    </Group>
  );
}
