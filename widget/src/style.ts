/** Puts the styles and the owner's colours on a widget's box. */
import { inkOn, type Look, readableOn } from './look.ts';
import STYLE from './panel.css?inline';

const PAPERS = { light: '#ffffff', dark: '#1b1c1f' };

/** `refresh` looks again at what the page may have changed: its font. */
export function dress(root: ShadowRoot, box: HTMLElement, look: Look): { refresh: () => void } {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const paint = () => colour(box, look, dark.matches);
  dark.addEventListener('change', paint);
  paint();
  const refresh = () => {
    const { fontFamily } = getComputedStyle(document.body ?? document.documentElement);
    box.style.setProperty('--font', `${fontFamily || 'sans-serif'}, system-ui, sans-serif`);
  };
  return { refresh };
}

export function colour(box: HTMLElement, look: Look, systemIsDark: boolean): void {
  const theme = look.theme === 'auto' ? (systemIsDark ? 'dark' : 'light') : look.theme;
  box.className = `cevvo ${theme} ${look.position}`;
  box.dir = look.direction;
  box.lang = look.language;
  box.style.setProperty('--accent', look.color);
  box.style.setProperty('--on-accent', inkOn(look.color));
  box.style.setProperty('--accent-ink', readableOn(PAPERS[theme], look.color));
}
