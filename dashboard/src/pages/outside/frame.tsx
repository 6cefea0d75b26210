import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Heading, useTitle } from '../../components/page.tsx';
import { ThemeSwitch, Wordmark } from '../../components/shell.tsx';
import type { Presence } from '../../lib/account.ts';
import { explain } from '../../lib/failure.ts';
import '../../styles/outside.css';

export interface OutsideProps {
  /** Why the reader is here again. */
  notice: string | null;
  onEnter: (caller: { presence: Presence } | { key: string } | null, why?: string) => void;
}

/** The frame of the pages for who is not signed in. */
export function Frame({
  title,
  lede,
  children,
}: {
  title: string;
  lede?: ComponentChildren;
  children: ComponentChildren;
}) {
  useTitle(title);
  return (
    <div class="outside">
      <header>
        <Wordmark />
        <ThemeSwitch />
      </header>
      <main>
        <Heading>{title}</Heading>
        {lede && <p class="quiet">{lede}</p>}
        {children}
      </main>
    </div>
  );
}

interface Submission {
  busy: boolean;
  problem: string | null;
  setProblem: (problem: string | null) => void;
  /** Does it, and shows why it failed. */
  submit: (event: Event) => void;
}

/** What a form does when it is sent. */
export function useSubmission(deed: () => Promise<void>, notice: string | null): Submission {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(notice);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await deed();
    } catch (error) {
      setProblem(explain(error).detail);
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, setProblem, submit };
}

interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  type?: 'text' | 'email' | 'password';
  autocomplete: string;
  hint?: string;
  focus?: boolean;
}

export function Field({ label, type, value, onInput, autocomplete, hint, focus }: FieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        class="input"
        type={(type ?? 'text') as 'text'}
        autocomplete={autocomplete}
        required
        spellcheck={false}
        autofocus={focus ?? false}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {hint && <small>{hint}</small>}
    </label>
  );
}

export const PASSWORD_HINT = '12 characters or more: a few words will do.';

export function FormProblem({ children }: { children: string | null }) {
  return (
    <p class="form-error" role="alert">
      {children}
    </p>
  );
}

/** The token of the link that led here; it stays in the address until it is used. */
export function tokenInAddress(): string {
  return new URLSearchParams(location.search).get('token') ?? '';
}
