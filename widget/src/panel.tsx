import { useEffect, useRef, useState } from 'preact/hooks';
import { Composer } from './composer.tsx';
import { Icon } from './icons.tsx';
import type { Look, Texts } from './look.ts';
import type { Memory } from './memory.ts';
import { plain } from './plain.ts';
import type { Thread, Turn } from './thread.ts';
import { TurnView } from './turn.tsx';

export interface PanelProps {
  look: Look;
  thread: Thread;
  memory: Memory;
  onClose: () => void;
}

const NEAR = 60; // pixels from the end at which new words keep the end in sight
const STOPS = 'button:not([disabled]), [href], input, textarea, [tabindex="0"]';

export function Panel({ look, thread, memory, onClose }: PanelProps) {
  const { texts } = look;
  const panel = useRef<HTMLElement>(null);
  const { turns, writing } = thread;
  return (
    <section
      ref={panel}
      class={turns.length > 0 ? 'panel' : 'panel fresh'}
      role="dialog"
      tabIndex={-1}
      aria-label={texts.title}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) onClose();
        if (event.key === 'Tab' && panel.current) keepInside(event, panel.current);
      }}
    >
      <header class="head">
        <h2>{texts.title}</h2>
        {turns.length > 0 && (
          <button
            type="button"
            class="icon"
            aria-label={texts.restart}
            title={texts.restart}
            onClick={() => thread.restart()}
          >
            <Icon name="restart" />
          </button>
        )}
        <button
          type="button"
          class="icon"
          aria-label={texts.close}
          title={texts.close}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <Turns look={look} thread={thread} />
      <Composer
        texts={texts}
        memory={memory}
        writing={writing}
        onAsk={(question) => void thread.ask(question)}
        onStop={() => thread.stop()}
      />
      <Announcement turn={turns.at(-1)} texts={texts} />
    </section>
  );
}

function Turns({ look, thread }: { look: Look; thread: Thread }) {
  const { texts, suggestions } = look;
  const { turns } = thread;
  const scroller = useRef<HTMLDivElement>(null);
  const ask = (asked: () => Promise<void>) => {
    scroller.current?.focus({ preventScroll: true }); // the button that had it goes away
    void asked();
  };
  const atEnd = useRef(true);
  const shown = useRef(0);
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    if (turns.length !== shown.current) {
      shown.current = turns.length;
      atEnd.current = true;
    }
    if (atEnd.current) box.scrollTop = box.scrollHeight;
  });
  return (
    <div
      ref={scroller}
      class="body"
      tabIndex={0}
      role="region"
      aria-label={texts.title}
      onScroll={({ currentTarget: box }) => {
        atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
      }}
    >
      {turns.length === 0 && (
        <div class="welcome">
          <p class="greeting" dir="auto">
            {texts.greeting}
          </p>
          {suggestions.length > 0 && (
            <>
              <h3>{texts.suggestions}</h3>
              <ul>
                {suggestions.map((question) => (
                  <li key={question}>
                    <button type="button" dir="auto" onClick={() => ask(() => thread.ask(question))}>
                      {question}
                    </button>
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      )}
      {turns.map((turn, at) => (
        <TurnView
          key={at}
          look={look}
          thread={thread}
          turn={turn}
          last={at === turns.length - 1}
          again={() => ask(() => thread.again(turn))}
        />
      ))}
    </div>
  );
}

/** Said once when an answer begins and once when it is whole: not every word as it comes. */
function Announcement({ turn, texts }: { turn: Turn | undefined; texts: Texts }) {
  const [heard, setHeard] = useState<Turn | undefined>(turn);
  useEffect(() => {
    if (turn?.state === 'writing') setHeard(undefined);
  }, [turn, turn?.state]);
  const words =
    !turn || heard === turn
      ? ''
      : turn.state === 'writing'
        ? texts.searching
        : turn.state === 'done'
          ? `${texts.answer}: ${plain(turn.text)}`
          : '';
  return (
    <div class="hidden" role="status">
      {words}
    </div>
  );
}

/** Tab goes round within the panel. */
function keepInside(event: KeyboardEvent, panel: HTMLElement): void {
  const stops = [...panel.querySelectorAll<HTMLElement>(STOPS)].filter(
    (each) => each.offsetParent !== null,
  );
  const [first, last] = [stops[0], stops.at(-1)];
  const root = panel.getRootNode();
  const here = root instanceof ShadowRoot ? root.activeElement : document.activeElement;
  const [edge, target] = event.shiftKey ? [first, last] : [last, first];
  if (here === edge && target) {
    event.preventDefault();
    target.focus();
  }
}
