/** Where the focus goes when what had it is gone: a keyboard would begin anew at the navigation. */

export function focusTitle(): void {
  document.querySelector<HTMLElement>('#main h1')?.focus({ preventScroll: true });
}

/** Gives the focus to the page's title when the part of `main` that had it goes away. */
export function keepFocus(main: HTMLElement): () => void {
  let held: Element | null = null;
  const hold = ({ target }: FocusEvent) => {
    held = (target as Element).closest('dialog') ? null : (target as Element); // they see to it
  };
  const observer = new MutationObserver(() => {
    if (!held || held.isConnected) return;
    held = null;
    if (document.activeElement === document.body) focusTitle();
  });
  document.addEventListener('focusin', hold);
  observer.observe(main, { childList: true, subtree: true });
  return () => {
    document.removeEventListener('focusin', hold);
    observer.disconnect();
  };
}
