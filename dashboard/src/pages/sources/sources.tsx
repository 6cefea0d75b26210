import type { Source, SourceType } from '@cevvo/sdk';
import { useState } from 'preact/hooks';
import { Pager, Segmented, usePageNumber } from '../../components/controls.tsx';
import { Icon } from '../../components/icons.tsx';
import { lazily } from '../../components/lazily.tsx';
import { Empty, Loaded, Page } from '../../components/page.tsx';
import {
  isBusy,
  SourceProgress,
  SourceStatus,
  unitOf,
  withJobs,
} from '../../components/source-status.tsx';
import { Time } from '../../components/time.tsx';
import { plural, shortURL } from '../../lib/format.ts';
import { useLiveQuery } from '../../lib/live.ts';
import { setQuery, usePlace } from '../../lib/router.ts';
import { useMay, useSession } from '../../lib/session.ts';
import type { AddSourceProps } from './add.tsx';
import type { DeleteSourceProps } from './delete.tsx';
import { DropFiles } from './drop.tsx';
import { isKind } from './kinds.ts';
import { UploadList } from './uploads.tsx';
import '../../styles/sources.css';

const TYPES = [
  ['', 'All'],
  ['website', 'Websites'],
  ['file', 'Files'],
  ['text', 'Texts'],
] as const;
const TYPE_NAMES: Record<SourceType, string> = { website: 'Website', file: 'Files', text: 'Text' };
const POLL_WHILE_BUSY = 2_000;

const AddSource = lazily<AddSourceProps>(() => import('./add.tsx'), <></>);
const DeleteSource = lazily<DeleteSourceProps>(() => import('./delete.tsx'), <></>);

export default function Sources() {
  const { client } = useSession();
  const { query } = usePlace();
  const type = TYPES.find(([value]) => value === query.get('type'))?.[0] ?? '';
  const page = usePageNumber();
  const adding = query.get('add');
  const [doomed, setDoomed] = useState<Source | null>(null);
  const sources = useLiveQuery(
    `sources?type=${type}&page=${page}`,
    (signal) => client.sources.list({ page, ...(type ? { type } : {}) }, { signal }),
    ({ data }) => (data.some(isBusy) ? POLL_WHILE_BUSY : null),
    withJobs,
  );
  const mayAdd = useMay('ingest');
  const add = mayAdd && (
    <button type="button" class="button primary" onClick={() => setQuery({ add: 'website' })}>
      <Icon name="plus" /> Add source
    </button>
  );
  return (
    <DropFiles>
      <Page title="Sources" lede="What Cevvo answers from." actions={add}>
        <UploadList />
        {(type || sources.data?.meta.total !== 0) && (
          <div class="filters">
            <Segmented
              label="Type"
              choices={TYPES}
              value={type}
              onChange={(value) => setQuery({ type: value, page: null })}
            />
          </div>
        )}
        <Loaded query={sources}>
          {({ data, meta }) =>
            meta.total === 0 ? (
              <Nothing filtered={type !== ''} mayAdd={mayAdd} />
            ) : (
              <>
                <ul class="rows">
                  {data.map((source) => (
                    <SourceRow
                      key={source.id}
                      source={source}
                      onDelete={mayAdd ? () => setDoomed(source) : null}
                    />
                  ))}
                </ul>
                <Pager meta={meta} noun="sources" />
              </>
            )
          }
        </Loaded>
      </Page>
      {mayAdd && isKind(adding) && <AddSource kind={adding} title={query.get('title')} />}
      {doomed && <DeleteSource source={doomed} onClose={() => setDoomed(null)} />}
    </DropFiles>
  );
}

function SourceRow({ source, onDelete }: { source: Source; onDelete: (() => void) | null }) {
  const trouble = source.error ?? source.sync_error;
  return (
    <li class="source-row">
      <div class="source-name">
        <a class="plain" href={`/sources/${source.id}`} dir="auto">
          {source.name}
        </a>
        <span class="small quiet">
          {source.url ? shortURL(source.url) : TYPE_NAMES[source.type]}
        </span>
      </div>
      <SourceStatus source={source} />
      <span class="small quiet number source-count">
        {source.document_count > 0 && plural(source.document_count, unitOf(source))}
      </span>
      <span class="small quiet source-when">
        {source.last_synced_at ? <Time at={source.last_synced_at} /> : 'never read'}
      </span>
      {onDelete ? (
        <button
          type="button"
          class="button ghost icon compact"
          aria-label={`Delete ${source.name}`}
          title="Delete"
          onClick={onDelete}
        >
          <Icon name="trash" />
        </button>
      ) : (
        <span />
      )}
      <div class="source-more">
        <SourceProgress source={source} />
        {trouble && <p class="small trouble">{trouble}</p>}
      </div>
    </li>
  );
}

function Nothing({ filtered, mayAdd }: { filtered: boolean; mayAdd: boolean }) {
  if (filtered) {
    return (
      <Empty
        title="None of this type"
        action={
          <button type="button" class="button" onClick={() => setQuery({ type: null, page: null })}>
            Show all sources
          </button>
        }
      >
        There are no sources of this type in the workspace.
      </Empty>
    );
  }
  if (!mayAdd) {
    return (
      <Empty title="Nothing to answer from yet">Editors, admins and owners add the sources.</Empty>
    );
  }
  const kinds = [
    ['website', 'Add a website', true],
    ['files', 'Upload files', false],
    ['text', 'Write a text', false],
  ] as const;
  return (
    <Empty
      title="Nothing to answer from yet"
      action={kinds.map(([kind, label, first]) => (
        <a key={kind} class={first ? 'button primary' : 'button'} href={`/sources?add=${kind}`}>
          {label}
        </a>
      ))}
    >
      Point Cevvo at your help site, upload PDF, DOCX, TXT or Markdown files, or paste a text. You
      can also drop files anywhere on this page.
    </Empty>
  );
}
