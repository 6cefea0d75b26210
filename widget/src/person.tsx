import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { filled, type Look } from './look.ts';
import type { Thread } from './thread.ts';

interface PersonProps {
  look: Look;
  thread: Thread;
  question: string;
}

/** The way on where the sources do not say: a mail, or a message that is left in the thread. */
export function Person({ look, thread, question }: PersonProps) {
  const { texts, contact_email: email, contact_form: form } = look;
  const [writing, setWriting] = useState(false);
  if (thread.passedOn) {
    return (
      <p class="note-line" role="status">
        {texts.passed_on}
      </p>
    );
  }
  return (
    <div class="person">
      <h4>{texts.person_title}</h4>
      {writing ? (
        <Message look={look} thread={thread} onCancel={() => setWriting(false)} />
      ) : (
        <div class="row">
          {form && (
            <button type="button" class="small primary" onClick={() => setWriting(true)}>
              <Icon name="person" size={16} /> {texts.person}
            </button>
          )}
          {email && (
            <a class="small" href={`mailto:${email}?subject=${encodeURIComponent(question)}`}>
              <Icon name="mail" size={16} /> {filled(texts.email, { email })}
            </a>
          )}
        </div>
      )}
    </div>
  );
}

function Message({ look, thread, onCancel }: Omit<PersonProps, 'question'> & { onCancel: () => void }) {
  const { texts } = look;
  const [words, setWords] = useState('');
  const [address, setAddress] = useState('');
  const [state, setState] = useState<'ready' | 'sending' | 'failed'>('ready');
  const field = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    field.current?.focus({ preventScroll: true });
    form.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const send = async (event: Event) => {
    event.preventDefault();
    setState('sending');
    try {
      await thread.passOn([words.trim(), address.trim()].filter(Boolean).join('\n'));
    } catch {
      setState('failed');
    }
  };
  return (
    <form ref={form} onSubmit={send}>
      <label>
        {texts.message}
        <textarea
          ref={field}
          rows={3}
          maxLength={1700}
          required
          dir="auto"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
      </label>
      {!thread.known && (
        <label>
          {texts.reply_to}
          <input
            type="email"
            maxLength={254}
            required
            autocomplete="email"
            value={address}
            onInput={(event) => setAddress(event.currentTarget.value)}
          />
        </label>
      )}
      {state === 'failed' && (
        <p class="problem" role="alert">
          {texts.failed}
        </p>
      )}
      <div class="row end">
        <button type="button" class="small" onClick={onCancel}>
          {texts.cancel}
        </button>
        <button type="submit" class="small primary" disabled={state === 'sending'}>
          {texts.send}
        </button>
      </div>
    </form>
  );
}
