// The documentation works without this; with it there are themes, tabs, copying and a search.
'use strict';

const root = document.documentElement;
const searchIndex = document.currentScript.dataset.search;
const EXAMPLE_ORIGIN = 'http://127.0.0.1:8420';
const THEME = 'cevvo.theme'; // the dashboard's, too
const LANGUAGE = 'cevvo.language';

root.classList.add('js');
applyTheme(localStorage.getItem(THEME) ?? 'system');
document.addEventListener('DOMContentLoaded', () => {
  themes();
  origins();
  for (const group of document.querySelectorAll('.snippets')) tabs(group);
  chooseLanguage(localStorage.getItem(LANGUAGE) ?? 'curl');
  for (const code of document.querySelectorAll('main pre')) copying(code);
  contents();
  search();
  const nav = document.querySelector('.pages');
  const here = nav.querySelector('[aria-current]');
  if (here) nav.scrollTop = here.offsetTop - nav.clientHeight / 2;
});

function applyTheme(theme) {
  root.dataset.theme = theme;
}

function themes() {
  const group = document.querySelector('.themes');
  group.hidden = false;
  for (const choice of group.querySelectorAll('input')) {
    choice.checked = choice.value === root.dataset.theme;
    choice.addEventListener('change', () => {
      applyTheme(choice.value);
      if (choice.value === 'system') localStorage.removeItem(THEME);
      else localStorage.setItem(THEME, choice.value);
    });
  }
}

/** Examples are for the server that shows them. */
function origins() {
  if (!location.protocol.startsWith('http')) return;
  for (const code of document.querySelectorAll('pre[data-origin] code')) {
    const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode;
      text.data = text.data.replaceAll(EXAMPLE_ORIGIN, location.origin);
    }
  }
}

let lastId = 0;

function element(name, attributes, text = '') {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

/** A list of tabs, as the ARIA practices have it: arrows move, the chosen one is in the tab order. */
function tabs(group) {
  const label = `Language of the example: ${group.dataset.label}`;
  const list = element('div', { class: 'tabs', role: 'tablist', 'aria-label': label });
  for (const panel of group.children) {
    const id = `tab-${++lastId}`;
    const attributes = { type: 'button', role: 'tab', id, 'aria-controls': `${id}-panel` };
    const tab = element('button', attributes, panel.dataset.language);
    tab.addEventListener('click', () => {
      localStorage.setItem(LANGUAGE, panel.dataset.language);
      const before = tab.getBoundingClientRect().top;
      chooseLanguage(panel.dataset.language);
      scrollBy(0, tab.getBoundingClientRect().top - before); // other examples grew or shrank
    });
    panel.id = `${id}-panel`;
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', id);
    list.append(tab);
  }
  list.addEventListener('keydown', (event) => {
    const all = [...list.children];
    const at = all.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const tab = all.at(next % all.length);
    tab.click();
    tab.focus();
  });
  group.prepend(list);
}

/** In all examples; those that do not have the language show their first. */
function chooseLanguage(language) {
  for (const group of document.querySelectorAll('.snippets')) {
    const [list, ...panels] = group.children;
    const chosen = panels.find((panel) => panel.dataset.language === language) ?? panels[0];
    panels.forEach((panel, at) => {
      const is = panel === chosen;
      panel.classList.toggle('chosen', is);
      list.children[at].setAttribute('aria-selected', is);
      list.children[at].tabIndex = is ? 0 : -1;
    });
  }
}

function copying(code) {
  const around = element('div', { class: 'code' });
  const button = element('button', { type: 'button', class: 'copy' }, 'Copy');
  code.replaceWith(around);
  around.append(code, button);
  button.addEventListener('click', async () => {
    const copied = code.cloneNode(true);
    for (const prompt of copied.querySelectorAll('.gp')) prompt.remove();
    const commands = [...code.querySelectorAll('.gp')].length > 0;
    const text = commands ? withoutOutput(copied) : copied.textContent;
    try {
      await navigator.clipboard.writeText(text.trimEnd());
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = 'Selected';
    }
    button.classList.add('done');
    setTimeout(() => {
      button.textContent = 'Copy';
      button.classList.remove('done');
    }, 2000);
  });
}

/** Of a console, the commands alone. */
function withoutOutput(copied) {
  for (const output of copied.querySelectorAll('.go')) output.remove();
  return copied.textContent.replace(/\n{2,}/g, '\n');
}

/** Marks what is being read in the contents of the page. */
function contents() {
  const links = [...document.querySelectorAll('.on-page a, .pages ul ul a')];
  const heads = links.map((link) => document.getElementById(link.hash.slice(1)));
  if (!heads.length) return;
  const mark = () => {
    const reached = heads.findLastIndex((head) => head.getBoundingClientRect().top < 120);
    links.forEach((link, at) => {
      if (at === Math.max(reached, 0)) link.setAttribute('aria-current', 'location');
      else link.removeAttribute('aria-current');
    });
  };
  addEventListener('scroll', mark, { passive: true });
  mark();
}

function search() {
  const dialog = document.querySelector('dialog.search');
  const input = dialog.querySelector('input');
  const status = dialog.querySelector('[role=status]');
  const list = dialog.querySelector('ol');
  const open = document.querySelector('.search-open');
  let sections = null;

  const show = async () => {
    if (dialog.open) return;
    dialog.showModal();
    input.select();
    sections ??= await fetch(searchIndex).then((answer) => answer.json());
    find();
  };
  const find = () => {
    if (!sections) return;
    const words = input.value.toLowerCase().match(/[\p{L}\p{N}_/-]+/gu) ?? [];
    const found = words.length ? ranked(sections, words).slice(0, 12) : [];
    list.replaceChildren(...found.map((section) => result(section, words)));
    status.textContent = !words.length
      ? 'Words of what you look for. / opens, arrows move, Escape closes.'
      : found.length
        ? `${found.length} of the best places`
        : 'Nothing has all of these words.';
  };
  open.hidden = false;
  open.addEventListener('click', show);
  input.addEventListener('input', find);
  list.addEventListener('click', (event) => event.target.closest('a') && dialog.close());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.addEventListener('keydown', (event) => {
    const stops = [input, ...list.querySelectorAll('a')];
    const at = stops.indexOf(document.activeElement);
    if (event.key === 'ArrowDown') stops[Math.min(at + 1, stops.length - 1)].focus();
    else if (event.key === 'ArrowUp') stops[Math.max(at - 1, 0)].focus();
    else if (event.key === 'Enter' && at === 0 && stops[1]) stops[1].click();
    else if (event.key === 'Escape') dialog.close(); // the first time, not once to empty the field
    else return;
    event.preventDefault();
  });
  addEventListener('keydown', (event) => {
    const typing = event.target.closest?.('input, textarea, select, [contenteditable]');
    const asked = event.key === '/' || (event.key === 'k' && (event.ctrlKey || event.metaKey));
    if (!asked || typing) return;
    event.preventDefault();
    show();
  });
}

/** The sections that have every word, the best first: in a heading counts most, then a title. */
function ranked(sections, words) {
  const scored = [];
  for (const section of sections) {
    const [title, heading, , text] = section.map((part) => part.toLowerCase());
    let score = 0;
    for (const word of words) {
      const here =
        8 * begins(heading, word) + 4 * begins(title, word) + Math.min(count(text, word), 3);
      if (!here) score = Number.NaN;
      score += here;
    }
    if (score > 0) scored.push([score, section]);
  }
  return scored.sort(([a], [b]) => b - a).map(([, section]) => section);
}

function begins(text, word) {
  return text.split(/[^\p{L}\p{N}_]+/u).some((each) => each.startsWith(word)) ? 1 : 0;
}

function count(text, word) {
  return text.split(word).length - 1;
}

function result([title, heading, url, text], words) {
  const item = document.createElement('li');
  const link = element('a', { href: url }, heading ? `${title} › ${heading}` : title);
  const at = Math.max(0, text.toLowerCase().indexOf(words[0]) - 40);
  const excerpt = document.createElement('span');
  excerpt.append(...marked((at ? '…' : '') + text.slice(at, at + 140), words));
  link.append(excerpt);
  item.append(link);
  return item;
}

function marked(text, words) {
  const lower = text.toLowerCase();
  const parts = [];
  let from = 0;
  for (;;) {
    const hits = words.map((word) => [lower.indexOf(word, from), word]).filter(([at]) => at >= 0);
    if (!hits.length) break;
    const [at, word] = hits.reduce((first, hit) => (hit[0] < first[0] ? hit : first));
    parts.push(text.slice(from, at), element('mark', {}, text.slice(at, at + word.length)));
    from = at + word.length;
  }
  return [...parts, text.slice(from)];
}
