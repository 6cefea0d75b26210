import type { Citation, CitedSource } from '@cevvo/sdk';
import type { ComponentChildren } from 'preact';
import { useId, useMemo, useRef, useState } from 'preact/hooks';
import { isSafe } from '@cevvo/widget/address';
import { freeRows, parseMarkdown } from '@cevvo/widget/markdown';
import { shortURL } from '../lib/format.ts';
import type { Turn } from '../lib/turns.ts';
import { Icon } from './icons.tsx';
import { Prose } from '@cevvo/widget/prose';
import '../styles/answer.css';

interface AnswerProps {
  text: string;
  sources: CitedSource[];
  citations: Citation[];
  state: Turn['state'];
  /** What stands under the text. */
  children?: ComponentChildren;
}

/** A source that was opened from the text, and which of its quotations the mark stands for. */
interface Opened {
  source: number;
  index: number;
  quotes: Citation[];
  mark: HTMLElement;
}

/** An answer with its evidence beside it: each mark opens the quotation that it rests on. */
export function Answer({ text, sources, citations, state, children }: AnswerProps) {
  const writing = state === 'writing';
  const { blocks, marks } = useMemo(() => parseMarkdown(text), [text]);
  const [opened, setOpened] = useState<Opened | null>(null);
  const notes = useRef<HTMLOListElement>(null);
  const id = useId();

  const quotesOf = (source: number) => citations.filter((citation) => citation.source === source);
  // Where the server lists one citation for each mark, a mark stands for exactly that one.
  const paired =
    marks.length === citations.length && marks.every((n, at) => citations[at]?.source === n);

  const open = (source: number, index: number, mark: HTMLElement) => {
    const exact = paired ? citations[index] : undefined;
    setOpened({ source, index, quotes: exact ? [exact] : quotesOf(source), mark });
    const note = notes.current?.children[source - 1];
    if (note instanceof HTMLElement) {
      note.focus({ preventScroll: true });
      note.scrollIntoView({ block: 'nearest' });
    }
  };
  const close = () => {
    opened?.mark.focus();
    setOpened(null);
  };

  const mark = (source: number, index: number) => {
    const cited = sources[source - 1];
    // Before the end of an answer its sources are not known; after it, `[7]` may be mere text.
    if (!cited) return state === 'done' ? `[${source}]` : <span class="mark">{source}</span>;
    return (
      <button
        type="button"
        class="mark"
        aria-label={`Source ${source}: ${cited.title}`}
        aria-controls={`${id}-${source}`}
        aria-expanded={opened?.index === index}
        onClick={(event) => open(source, index, event.currentTarget)}
      >
        {source}
      </button>
    );
  };

  return (
    <div class="answer">
      <div class={writing ? 'answer-text writing' : 'answer-text'} aria-busy={writing}>
        <Prose tree={blocks} mark={mark} />
        {children}
      </div>
      {sources.length > 0 && (
        <aside class="notes" aria-label="Sources">
          <ol ref={notes} onKeyDown={(event) => event.key === 'Escape' && close()}>
            {sources.map((source, at) => (
              <Note
                key={at}
                id={`${id}-${at + 1}`}
                number={at + 1}
                source={source}
                quotes={quotesOf(at + 1)}
                shown={opened?.source === at + 1 ? opened.quotes : null}
                onClose={close}
              />
            ))}
          </ol>
        </aside>
      )}
    </div>
  );
}

interface NoteProps {
  id: string;
  number: number;
  source: CitedSource;
  quotes: Citation[];
  /** The quotations that the reader opened; null while the note is closed. */
  shown: Citation[] | null;
  onClose: () => void;
}

function Note({ id, number, source, quotes, shown, onClose }: NoteProps) {
  const place = (shown ?? quotes)[0]?.url ?? source.url;
  const href = place && isSafe(place) ? place : null;
  return (
    <li id={id} class={shown ? 'note open' : 'note'} tabIndex={-1}>
      <span class="mark" aria-hidden="true">
        {number}
      </span>
      <div class="note-body">
        <p class="note-title" dir="auto">
          {href ? (
            <a class="plain" href={href} target="_blank" rel="noopener noreferrer">
              {source.title} <Icon name="out" size={14} />
              <span class="visually-hidden">(opens the page in a new tab)</span>
            </a>
          ) : (
            source.title
          )}
        </p>
        {source.url && <p class="note-url">{shortURL(source.url)}</p>}
        {quotes.map((quote, at) => (
          <Quote key={at} quote={quote} shown={shown?.includes(quote) ?? false} />
        ))}
      </div>
      {shown && (
        <button
          type="button"
          class="button ghost icon compact"
          aria-label="Close the quotation"
          onClick={onClose}
        >
          <Icon name="close" size={16} />
        </button>
      )}
    </li>
  );
}

const passageHref = ({ document_id, start, end }: Citation) =>
  `/documents/${document_id}?start=${start}&end=${end}`;

/** The stored words: two lines of them, or all, set as they stand in the document. */
function Quote({ quote, shown }: { quote: Citation; shown: boolean }) {
  const standing = freeRows(quote.quote);
  if (!shown) {
    return (
      <blockquote class="quote" dir="auto">
        {standing.replaceAll('`', '')}
      </blockquote>
    );
  }
  return (
    <>
      <blockquote class="quote shown" dir="auto">
        <Prose tree={parseMarkdown(standing).blocks} mark={(source) => `[${source}]`} />
      </blockquote>
      <a class="in-document" href={passageHref(quote)}>
        Read it in the document
      </a>
    </>
  );
}
