import type { Citation, CitedSource } from '@cevvo/sdk';
import { useId, useMemo, useRef, useState } from 'preact/hooks';
import { isSafe } from './address.ts';
import { Icon } from './icons.tsx';
import { filled, type Texts } from './look.ts';
import { freeRows, parseMarkdown } from './markdown.ts';
import { Prose } from './prose.tsx';
import type { Turn } from './thread.ts';

/** What was opened from the text: a source, by its number, and the quotations behind the mark. */
interface Opened {
  mark: HTMLElement;
  source: number;
  index: number;
  quotes: Citation[];
}

/** An answer and its sources; each mark opens the words that it rests on. */
export function Answer({ turn, texts }: { turn: Turn; texts: Texts }) {
  const { text, sources, citations, state } = turn;
  const { blocks, marks } = useMemo(() => parseMarkdown(text), [text]);
  const [opened, setOpened] = useState<Opened | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const id = useId();
  // Where there is one citation for each mark, a mark stands for exactly that one.
  const paired =
    marks.length === citations.length && marks.every((n, at) => citations[at]?.source === n);

  const open = (source: number, index: number, mark: HTMLElement) => {
    const exact = paired ? citations[index] : undefined;
    const quotes = exact ? [exact] : citations.filter((each) => each.source === source);
    setOpened({ mark, source, index, quotes });
    const note = list.current?.children[source - 1];
    if (note instanceof HTMLElement) {
      note.focus({ preventScroll: true });
      note.scrollIntoView({ block: 'nearest' });
    }
  };
  const mark = (source: number, index: number) => {
    const cited = sources[source - 1];
    if (!cited) return state === 'done' ? `[${source}]` : <span class="mark">{source}</span>;
    return (
      <button
        type="button"
        class="mark"
        aria-label={filled(texts.source, { number: source, title: cited.title })}
        aria-controls={`${id}-${source}`}
        aria-expanded={opened?.index === index}
        onClick={(event) => open(source, index, event.currentTarget)}
      >
        {source}
      </button>
    );
  };

  return (
    <div class={state === 'writing' ? 'answer writing' : 'answer'} aria-busy={state === 'writing'}>
      <Prose tree={blocks} mark={mark} table={texts.table} />
      {sources.length > 0 && (
        <>
          <h4>{texts.sources}</h4>
          <ol
            ref={list}
            class="sources"
            onKeyDown={(event) => {
              if (event.key !== 'Escape' || !opened) return;
              event.preventDefault(); // the quotation closes, the panel stays
              opened.mark.focus();
              setOpened(null);
            }}
          >
            {sources.map((source, at) => (
              <Source
                key={at}
                id={`${id}-${at + 1}`}
                number={at + 1}
                source={source}
                quotes={opened?.source === at + 1 ? opened.quotes : []}
                place={citations.find((each) => each.source === at + 1)?.url ?? source.url}
                texts={texts}
              />
            ))}
          </ol>
        </>
      )}
    </div>
  );
}

interface SourceProps {
  id: string;
  number: number;
  source: CitedSource;
  /** The quotations that the visitor has opened. */
  quotes: Citation[];
  place: string | null;
  texts: Texts;
}

function Source({ id, number, source, quotes, place, texts }: SourceProps) {
  const address = quotes[0]?.url ?? place;
  const href = address && isSafe(address) ? address : null;
  const name = (
    <>
      <span class="mark" aria-hidden="true">
        {number}
      </span>
      <span class="name">
        <span dir="auto">{source.title}</span>
        {href && <span class="where">{host(href)}</span>}
      </span>
    </>
  );
  return (
    <li id={id} class={quotes.length > 0 ? 'source open' : 'source'} tabIndex={-1}>
      {href ? (
        <a href={href} target="_blank" rel="noopener noreferrer">
          {name}
          <Icon name="out" size={14} />
          <span class="hidden">({texts.new_tab})</span>
        </a>
      ) : (
        <span class="nowhere">{name}</span>
      )}
      {quotes.map((quote, at) => (
        <blockquote key={at} dir="auto">
          <Prose
            tree={parseMarkdown(freeRows(quote.quote)).blocks}
            mark={(n) => `[${n}]`}
            table={texts.table}
          />
        </blockquote>
      ))}
    </li>
  );
}

function host(href: string): string {
  try {
    return new URL(href).host;
  } catch {
    return '';
  }
}
