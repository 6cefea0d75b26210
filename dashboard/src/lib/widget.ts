/** What the API says of the widget's settings, and the words that ship. */
import type { Look, Texts } from '@cevvo/widget/preview';
import words from '../../../src/cevvo/features/widget/texts.json';

export interface WidgetSettings {
  color: string;
  theme: 'auto' | 'light' | 'dark';
  position: 'right' | 'left';
  language: string | null;
  texts: Record<string, Partial<Texts>>;
  suggestions: string[];
  contact_email: string | null;
  contact_form: boolean;
  ask_page: string | null;
  ask_page_indexed: boolean;
  updated_at: string | null;
}

const SHIPPED: Record<string, Texts> = words;
const RIGHT_TO_LEFT = ['ar', 'dv', 'fa', 'he', 'ku', 'ps', 'sd', 'ug', 'ur', 'yi'];

/** Languages that there are words in: those that ship, then the owner's own. */
export function languagesOf(settings: WidgetSettings): string[] {
  return [...new Set([...Object.keys(SHIPPED), ...Object.keys(settings.texts)])];
}

export function shippedIn(language: string): Texts {
  return SHIPPED[language] ?? words.en;
}

/** As the widget shows itself in a language. */
export function lookOf(settings: WidgetSettings, language: string): Look {
  return {
    ...settings,
    language,
    direction: RIGHT_TO_LEFT.includes(language) ? 'rtl' : 'ltr',
    texts: { ...shippedIn(language), ...settings.texts[language] },
  };
}

export function languageName(language: string): string {
  return new Intl.DisplayNames('en', { type: 'language' }).of(language) ?? language;
}
