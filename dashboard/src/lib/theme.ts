/** Light or dark: the system's choice unless the reader has made one. */
const STORE = 'cevvo.theme';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export function currentTheme(): Theme {
  const stored = localStorage.getItem(STORE);
  return THEMES.find((theme) => theme === stored) ?? 'system';
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  if (theme === 'system') localStorage.removeItem(STORE);
  else localStorage.setItem(STORE, theme);
}
