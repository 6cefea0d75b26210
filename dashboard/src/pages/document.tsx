import { type Chunk, NotFoundError, type SourceDocumentDetail } from '@cevvo/sdk';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Segmented } from '../components/controls.tsx';
import { Absent, Page, Problem, Skeleton } from '../components/page.tsx';
import { Time } from '../components/time.tsx';
import { toast } from '../components/toast.tsx';
import { isSafe } from '@cevvo/widget/address';
import { explain } from '../lib/failure.ts';
import { count, plural, shortURL } from '../lib/format.ts';
import { useQuery } from '../lib/query.ts';
import { setQuery, usePlace } from '../lib/router.ts';
import { useSession } from '../lib/session.ts';
import { cut, unitsUntil } from '../lib/spans.ts';
import '../styles/document.css';

const VIEWS = [
  ['text', 'Text'],
  ['chunks', 'Chunks'],
] as const;
const UP = { href: '/sources', label: 'Sources' };
/** Characters that are shown on each side of a passage before all of a long text is asked for. */
const AROUND = 20_000;

/** A document as it is stored: its text, a passage of it marked, or the chunks that are searched. */
export default function DocumentPage({ id }: { id: string }) {
  const { client } = useSession();
  const { query } = usePlace();
  const found = useQuery(`document/${id}`, (signal) =>
    client.sources.findDocument(id, { signal }),
  );
  if (found.error instanceof NotFoundError) {
    return (
      <Absent what="document" up={UP}>
        Answers keep what they quoted; the document itself has been deleted, or the link belongs
        to another workspace.
      </Absent>
    );
  }
  if (!found.data) {
    return (
      <Page title="Document" up={UP}>
        {found.error === undefined ? (
          <Skeleton />
        ) : (
          <Problem error={found.error} retry={found.reload} />
        )}
      </Page>
    );
  }
  const document = found.data;
  const view = query.get('view') === 'chunks' ? 'chunks' : 'text';
  return (
    <Page
      title={document.title}
      up={{ href: `/sources/${document.source_id}`, label: 'Source' }}
      lede={<Facts document={document} />}
      actions={
        <Segmented
          label="View"
          choices={VIEWS}
          value={view}
          onChange={(next) => setQuery({ view: next === 'text' ? null : next })}
        />
      }
    >
      {view === 'text' ? <Text document={document} /> : <Chunks document={document} />}
    </Page>
  );
}

function Facts({ document }: { document: SourceDocumentDetail }) {
  const { client } = useSession();
  const { id, source_id, url, media_type, language, text, title } = document;
  const download = async () => {
    try {
      const blob = await client.sources.original(source_id, id);
      const link = Object.assign(window.document.createElement('a'), {
        href: URL.createObjectURL(blob),
        download: title,
      });
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      toast(explain(error).detail);
    }
  };
  return (
    <>
      {url && isSafe(url) ? (
        <a href={url} target="_blank" rel="noopener noreferrer">
          {shortURL(url)}
        </a>
      ) : (
        <button type="button" class="link" onClick={download}>
          Download the original
        </button>
      )}
      {` · ${media_type}${language ? ` · ${language}` : ''} · ${count(text.length)} characters · read `}
      <Time at={document.updated_at} />
    </>
  );
}

/** The span in the address, if it is one. */
function usePassage(): { start: number; end: number } | null {
  const { query } = usePlace();
  const [start, end] = [Number(query.get('start')), Number(query.get('end'))];
  return query.has('end') && start >= 0 && end > start ? { start, end } : null;
}

function Text({ document }: { document: SourceDocumentDetail }) {
  const passage = usePassage();
  const [whole, setWhole] = useState(false);
  const mark = useRef<HTMLElement>(null);
  const { start = 0, end = 0 } = passage ?? {};
  const around = whole ? Infinity : AROUND;
  const shown = useMemo(
    () => cut(document.text, start, end, around),
    [document.text, start, end, around],
  );
  useEffect(() => mark.current?.scrollIntoView({ block: 'center' }), [start, end, document.id]);
  if (!document.text.trim()) return <p class="calm">There is no text in it.</p>;
  return (
    <>
      {passage && !shown.passage && (
        <p class="calm" role="status">
          The document has changed since it was quoted: the passage is not where it was.
        </p>
      )}
      <div class="stored" dir="auto">
        {shown.before}
        {shown.passage && <mark ref={mark}>{shown.passage}</mark>}
        {shown.after}
      </div>
      {shown.shortened && (
        <p class="show-whole">
          <button type="button" class="button" onClick={() => setWhole(true)}>
            Show all {count(document.text.length)} characters
          </button>
        </p>
      )}
    </>
  );
}

/** What search works on, in reading order; in steps, as there can be thousands. */
function Chunks({ document }: { document: SourceDocumentDetail }) {
  const { text, chunks } = document;
  const [shown, setShown] = useState(50);
  const texts = useMemo(() => textsOf(text, chunks.slice(0, shown)), [text, chunks, shown]);
  if (chunks.length === 0) return <p class="calm">There are none: it has no text.</p>;
  return (
    <section aria-label="Chunks">
      <p class="small quiet">{plural(chunks.length, 'chunk')}: what a search finds as one.</p>
      <ol class="chunks">
        {texts.map((words, at) => (
          <li key={at}>
            <ChunkHead chunk={chunks[at] as Chunk} characters={words.length} />
            <div class="stored" dir="auto">
              {words}
            </div>
          </li>
        ))}
      </ol>
      {shown < chunks.length && (
        <button type="button" class="button" onClick={() => setShown(shown + 200)}>
          Show more
        </button>
      )}
    </section>
  );
}

function ChunkHead({ chunk, characters }: { chunk: Chunk; characters: number }) {
  const where = [
    ...(chunk.heading_path.length > 0 ? [chunk.heading_path.join(' › ')] : []),
    ...(chunk.page === null ? [] : [`page ${count(chunk.page)}`]),
  ];
  return (
    <p class="small quiet">
      <b class="number">{count(chunk.ordinal + 1)}</b> {where.join(' · ')}
      <span class="number">{count(characters)} characters</span>
    </p>
  );
}

/** The chunks' texts. They come in reading order: each is looked for from the one before. */
function textsOf(text: string, chunks: Chunk[]): string[] {
  let units = 0;
  let characters = 0;
  return chunks.map(({ start, end }) => {
    if (start < characters) units = characters = 0;
    units += unitsUntil(text.slice(units), start - characters);
    characters = start;
    return text.slice(units, units + unitsUntil(text.slice(units), end - start));
  });
}
