import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { toast } from '../../components/toast.tsx';
import { explain } from '../../lib/failure.ts';
import { invalidate } from '../../lib/query.ts';
import { setQuery } from '../../lib/router.ts';

/** Closes the dialog in which a source is added. */
export const close = () => setQuery({ add: null, title: null });

/** Runs a submission: busy meanwhile, the reason if it fails, closed and told if it succeeds. */
export function useSubmission(run: () => Promise<string>) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const done = await run();
      invalidate('sources');
      close();
      toast(done);
    } catch (error) {
      setProblem(explain(error).detail);
      setBusy(false);
    }
  };
  return { busy, problem, submit };
}

interface FootProps {
  problem: string | null;
  busy: boolean;
  ready: boolean;
  label: string;
  /** Further buttons, before the one that submits. */
  children?: ComponentChildren;
}

export function Foot({ problem, busy, ready, label, children }: FootProps) {
  return (
    <>
      {problem && (
        <p class="form-error" role="alert">
          {problem}
        </p>
      )}
      <div class="form-foot">
        <button type="button" class="button" onClick={close}>
          Cancel
        </button>
        {children}
        <button type="submit" class="button primary" disabled={busy || !ready}>
          {busy ? 'Adding…' : label}
        </button>
      </div>
    </>
  );
}
