/** What the server says of a widget: its look, its words, and how a person can be reached. */
import type shipped from '../../src/cevvo/features/widget/texts.json';

export type Texts = Record<keyof (typeof shipped)['en'], string>;

export interface Look {
  /** `#rrggbb` */
  color: string;
  theme: 'auto' | 'light' | 'dark';
  position: 'right' | 'left';
  language: string;
  direction: 'ltr' | 'rtl';
  texts: Texts;
  suggestions: string[];
  contact_email: string | null;
  contact_form: boolean;
}

const HEX = /^#[0-9a-f]{6}$/i;
const ENOUGH = 4.5; // WCAG 2.2, 1.4.3: contrast of text

/** The look with what a page says of it in attributes such as `data-color`; nonsense is left out. */
export function withAttributes(look: Look, given: DOMStringMap): Look {
  const { color, theme, position } = given;
  return {
    ...look,
    ...(color && HEX.test(color) ? { color } : {}),
    ...(theme === 'auto' || theme === 'light' || theme === 'dark' ? { theme } : {}),
    ...(position === 'right' || position === 'left' ? { position } : {}),
  };
}

/** A text with its `{places}` filled. */
export function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  );
}

/** Black or white, whichever is the easier to read on a colour. */
export function inkOn(color: string): string {
  return contrast(color, '#ffffff') >= contrast(color, '#000000') ? '#ffffff' : '#000000';
}

/** The colour, as far towards ink as it takes to be read on paper. */
export function readableOn(paper: string, color: string): string {
  const ink = inkOn(paper);
  for (let share = 0; share < 1; share += 0.1) {
    const found = mixed(color, ink, share);
    if (contrast(found, paper) >= ENOUGH) return found;
  }
  return ink;
}

/** WCAG 2.2: 1 (the same) to 21 (black on white). */
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = channels(color).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function channels(color: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

function mixed(color: string, other: string, share: number): string {
  const others = channels(other);
  const parts = channels(color).map((value, at) =>
    Math.round(value + ((others[at] ?? 0) - value) * share)
      .toString(16)
      .padStart(2, '0'),
  );
  return `#${parts.join('')}`;
}
