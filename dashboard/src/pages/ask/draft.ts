import { useState } from 'preact/hooks';

const DRAFT = 'cevvo.draft';

/** What was typed and not asked yet. It outlives the field: the next field for a question has it. */
export function useDraft(initial: string | null = null): [string, (typed: string) => void] {
  const [text, setText] = useState(() => initial ?? sessionStorage.getItem(DRAFT) ?? '');
  const type = (typed: string) => {
    // At once: the page may go, or another field be put in this one's place, before it is drawn again.
    if (typed) sessionStorage.setItem(DRAFT, typed);
    else sessionStorage.removeItem(DRAFT);
    setText(typed);
  };
  return [text, type];
}
