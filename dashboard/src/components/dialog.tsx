import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { explain } from '../lib/failure.ts';
import { focusTitle } from '../lib/focus.ts';
import { Icon } from './icons.tsx';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  class?: string;
}

/** A modal dialog: the browser keeps the focus inside; at the end it goes back to where it was. */
export function Dialog({ title, onClose, children, class: name = 'dialog' }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = element.current;
    const [before, path] = [document.activeElement, location.pathname];
    dialog?.showModal();
    return () => {
      dialog?.close();
      // It is gone by now, and the browser gave nothing back.
      if (document.activeElement !== document.body) return;
      if (before instanceof HTMLElement && before.isConnected && path === location.pathname) {
        before.focus({ preventScroll: true });
      } else focusTitle();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={name}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => event.target === element.current && onClose()}
    >
      <div class="dialog-head">
        <h2 id={heading}>{title}</h2>
        <button
          type="button"
          class="button ghost icon compact"
          aria-label="Close"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  children: ComponentChildren;
  /** What has to be typed before the deed can be done; without it a click is enough. */
  name?: string;
  deed: string;
  /** What the deed is called while it is being done. */
  doing?: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something is lost. Stays open, with the reason, if it fails. */
export function Confirm({
  title,
  children,
  name,
  deed,
  doing = 'Deleting…',
  onConfirm,
  onClose,
}: ConfirmProps) {
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const ready = !busy && (name === undefined || typed.trim() === name.trim());
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <div class="quiet">{children}</div>
        {name !== undefined && (
          <label class="field">
            <span>
              Type <q>{name}</q> to confirm
            </span>
            <input
              class="input"
              value={typed}
              autocomplete="off"
              autofocus
              spellcheck={false}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
        )}
        {error !== undefined && (
          <p class="form-error" role="alert">
            {explain(error).detail}
          </p>
        )}
        <div class="form-foot">
          <button type="button" class="button" onClick={onClose}>
            Keep it
          </button>
          <button type="submit" class="button danger" disabled={!ready}>
            {busy ? doing : deed}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
