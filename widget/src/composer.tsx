import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import type { Texts } from './look.ts';
import type { Memory } from './memory.ts';

interface ComposerProps {
  texts: Texts;
  memory: Memory;
  writing: boolean;
  onAsk: (question: string) => void;
  onStop: () => void;
}

const LONGEST = 8000; // characters of a question, as the API takes them
const HIGHEST = 140; // pixels

/** On a phone the keyboard would cover half of it before anything was read. */
const isTouch = () => matchMedia('(pointer: coarse)').matches;

/** The field to ask in. What is typed is remembered until it was asked. */
export function Composer({ texts, memory, writing, onAsk, onStop }: ComposerProps) {
  const [text, setText] = useState(() => memory.get().draft ?? '');
  const field = useRef<HTMLTextAreaElement>(null);
  const tooLong = text.trim().length > LONGEST;
  const ready = text.trim() !== '' && !tooLong && !writing;
  const change = (next: string) => {
    setText(next);
    memory.set({ draft: next || undefined });
  };
  const send = () => {
    if (!ready) return;
    onAsk(text.trim());
    change('');
    if (!isTouch()) field.current?.focus({ preventScroll: true }); // for the next question
  };
  useEffect(() => {
    const first = isTouch() ? field.current?.closest<HTMLElement>('.panel') : field.current;
    first?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    const box = field.current;
    if (!box) return;
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight, HIGHEST)}px`;
  }, [text]);
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {tooLong && (
        <p class="problem" role="alert">
          {texts.too_long}
        </p>
      )}
      <div class="field">
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          placeholder={texts.placeholder}
          aria-label={texts.placeholder}
          value={text}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        {writing ? (
          <button type="button" class="send" aria-label={texts.stop} onClick={onStop}>
            <Icon name="stop" />
          </button>
        ) : (
          <button type="submit" class="send" aria-label={texts.send} disabled={!ready}>
            <Icon name="send" />
          </button>
        )}
      </div>
      {texts.notice && <p class="notice">{texts.notice}</p>}
    </form>
  );
}
