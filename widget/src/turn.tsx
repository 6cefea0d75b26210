import { Answer } from './answer.tsx';
import { Feedback } from './feedback.tsx';
import { filled, type Look } from './look.ts';
import { Person } from './person.tsx';
import type { Thread, Turn } from './thread.ts';

interface TurnProps {
  look: Look;
  thread: Thread;
  turn: Turn;
  /** Only the last answer can be asked for again, or be followed by a person. */
  last: boolean;
  again: () => void;
}

/** A question, its answer, and what the visitor can do about it. */
export function TurnView({ look, thread, turn, last, again }: TurnProps) {
  const { texts } = look;
  const reachable = look.contact_email !== null || look.contact_form;
  return (
    <article class="turn" aria-label={turn.question}>
      <h3 class="question">
        <span class="hidden">{texts.question}: </span>
        <span dir="auto">{turn.question}</span>
      </h3>
      {turn.state === 'writing' && turn.text === '' ? (
        <p class="searching">
          <span />
          <span />
          <span />
          <span class="hidden">{texts.searching}</span>
        </p>
      ) : (
        <Answer turn={turn} texts={texts} />
      )}
      {turn.state === 'stopped' && last && (
        <Note text={texts.stopped} action={texts.again} onAction={again} />
      )}
      {turn.problem && (
        <Note
          bad
          text={filled(texts[turn.problem.text], { seconds: turn.problem.seconds })}
          action={last && turn.problem.text !== 'used_up' ? texts.again : null}
          onAction={again}
        />
      )}
      {turn.state === 'done' && turn.needsPerson && last && reachable && (
        <Person look={look} thread={thread} question={turn.question} />
      )}
      {turn.state === 'done' && turn.messageId && !turn.needsPerson && (
        <Feedback texts={texts} thread={thread} turn={turn} />
      )}
    </article>
  );
}

interface NoteProps {
  text: string;
  action: string | null;
  onAction: () => void;
  bad?: boolean;
}

function Note({ text, action, onAction, bad = false }: NoteProps) {
  return (
    <div class={bad ? 'note-line bad' : 'note-line'} role={bad ? 'alert' : undefined}>
      <p>{text}</p>
      {action && (
        <button type="button" class="small" onClick={onAction}>
          {action}
        </button>
      )}
    </div>
  );
}
