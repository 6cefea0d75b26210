import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../../components/icons.tsx';
import { useDraft } from './draft.ts';

const LONGEST = 8000;

interface ComposerProps {
  label: string;
  writing: boolean;
  /** What the field begins with; else what was last typed and not asked. */
  initial: string | null;
  onAsk: (question: string) => void;
  onStop: () => void;
}

/** The field for a question. Enter asks, Shift+Enter breaks the line. */
export function Composer({ label, writing, initial, onAsk, onStop }: ComposerProps) {
  const [text, type] = useDraft(initial);
  const field = useRef<HTMLTextAreaElement>(null);
  const ready = text.trim() !== '' && !writing;

  useEffect(() => {
    field.current?.focus({ preventScroll: true });
  }, []);

  const submit = (event: Event) => {
    event.preventDefault();
    if (!ready) return;
    type('');
    onAsk(text.trim());
  };
  return (
    <form class="composer" onSubmit={submit}>
      <textarea
        ref={field}
        rows={1}
        aria-label={label}
        placeholder={label}
        maxLength={LONGEST}
        dir="auto"
        value={text}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event);
        }}
      />
      {writing ? (
        <button type="button" class="button icon" aria-label="Stop the answer" onClick={onStop}>
          <Icon name="stop" />
        </button>
      ) : (
        <button type="submit" class="button primary icon" aria-label="Ask" disabled={!ready}>
          <Icon name="send" />
        </button>
      )}
    </form>
  );
}
