import { NotFoundError, type Source as SourceData, type SourceDocument } from '@cevvo/sdk';
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Pager, usePageNumber } from '../../components/controls.tsx';
import { Icon } from '../../components/icons.tsx';
import { lazily } from '../../components/lazily.tsx';
import { Absent, Loaded, Page, Problem, Skeleton } from '../../components/page.tsx';
import { isBusy, SourceStatus, unitOf, withJob } from '../../components/source-status.tsx';
import { Time } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { isSafe } from '@cevvo/widget/address';
import { explain } from '../../lib/failure.ts';
import { count, plural, shortURL } from '../../lib/format.ts';
import { useLiveQuery } from '../../lib/live.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { navigate } from '../../lib/router.ts';
import { useMay, useSession } from '../../lib/session.ts';
import { LastCrawl, Running } from './crawl.tsx';
import type { DeleteSourceProps } from './delete.tsx';
import { DropFiles } from './drop.tsx';
import { UploadList } from './uploads.tsx';
import '../../styles/sources.css';

const DeleteSource = lazily<DeleteSourceProps>(() => import('./delete.tsx'), <></>);
const UP = { href: '/sources', label: 'Sources' };
const POLL_WHILE_BUSY = 1_500;
const DOCUMENTS_AFTER = 3_000;

export default function SourcePage({ id }: { id: string }) {
  const { client } = useSession();
  const loadedAt = useRef(0);
  const query = useLiveQuery(
    `sources/${id}`,
    (signal) => {
      loadedAt.current = Date.now();
      return client.sources.get(id, { signal });
    },
    (source) => (isBusy(source) ? POLL_WHILE_BUSY : null),
    // A job does not tell which documents there are by now: those are looked for now and then.
    (source, job) =>
      job.source_id === id && Date.now() - loadedAt.current > DOCUMENTS_AFTER
        ? null
        : withJob(source, job),
  );
  if (query.error instanceof NotFoundError) {
    return <Absent what="source" up={UP} />;
  }
  if (!query.data) {
    return (
      <Page title="Source" up={UP}>
        {query.error === undefined ? (
          <Skeleton />
        ) : (
          <Problem error={query.error} retry={query.reload} />
        )}
      </Page>
    );
  }
  const source = query.data;
  return source.type === 'file' ? (
    <DropFiles sourceId={source.id}>
      <Detail source={source} />
    </DropFiles>
  ) : (
    <Detail source={source} />
  );
}

function Detail({ source }: { source: SourceData }) {
  const { client } = useSession();
  const mayChange = useMay('ingest');
  const [deleting, setDeleting] = useState(false);
  const attempt = async (deed: Promise<unknown>) => {
    try {
      await deed;
    } catch (error) {
      const { title, detail } = explain(error);
      toast(`${title}: ${detail}`);
    }
    invalidate('sources');
  };
  const link =
    source.url && isSafe(source.url) ? (
      <a href={source.url} target="_blank" rel="noopener noreferrer">
        {shortURL(source.url)}
      </a>
    ) : undefined;
  const actions = mayChange && (
    <>
      {source.type === 'website' && (
        <button
          type="button"
          class="button"
          disabled={isBusy(source)}
          onClick={() => attempt(client.sources.sync(source.id))}
        >
          <Icon name="sync" /> Sync now
        </button>
      )}
      <button type="button" class="button ghost" onClick={() => setDeleting(true)}>
        <Icon name="trash" /> Delete
      </button>
    </>
  );
  const trouble = source.error ?? source.sync_error;
  return (
    <Page title={source.name} up={UP} actions={actions} {...(link ? { lede: link } : {})}>
      <dl class="facts">
        <Fact name="Status">
          <SourceStatus source={source} />
        </Fact>
        <Fact name={unitOf(source) === 'page' ? 'Pages' : 'Parts'}>
          {count(source.document_count)}
        </Fact>
        <Fact name="Last read">
          {source.last_synced_at ? <Time at={source.last_synced_at} /> : 'Never'}
        </Fact>
        <Fact name="Added">
          <Time at={source.created_at} />
        </Fact>
        {source.type === 'website' && (
          <Fact name="Schedule">
            <label class="check">
              <input
                type="checkbox"
                checked={source.auto_sync}
                disabled={!mayChange}
                onChange={(event) => {
                  const auto_sync = event.currentTarget.checked;
                  attempt(client.sources.update(source.id, { auto_sync }));
                }}
              />
              <span>
                {source.sync_interval_hours === 24
                  ? 'Every day'
                  : `Every ${plural(source.sync_interval_hours, 'hour')}`}
              </span>
            </label>
            {source.next_sync_at && !isBusy(source) && (
              <span class="small quiet">
                next <Time at={source.next_sync_at} />
              </span>
            )}
          </Fact>
        )}
      </dl>
      {isBusy(source) && source.job_id && <Running source={source} jobId={source.job_id} />}
      {trouble && (
        <div class="problem" role="status">
          <div>
            <strong>
              {source.status === 'failed'
                ? 'Nothing could be read'
                : 'The last sync did not finish'}
            </strong>
            <p>{trouble}</p>
          </div>
        </div>
      )}
      <UploadList />
      {source.type === 'website' && !isBusy(source) && <LastCrawl source={source} />}
      <Documents source={source} />
      <Citing source={source} />
      {deleting && (
        <DeleteSource
          source={source}
          onClose={() => setDeleting(false)}
          onDeleted={() => navigate('/sources', { replace: true })}
        />
      )}
    </Page>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt class="small quiet">{name}</dt>
      <dd class="number">{children}</dd>
    </div>
  );
}

function Documents({ source }: { source: SourceData }) {
  const { client } = useSession();
  const page = usePageNumber();
  // The count is part of the key, so that the list follows a crawl as it goes on.
  const documents = useQuery(
    `sources/${source.id}/documents?page=${page}&of=${source.document_count}`,
    (signal) => client.sources.documents(source.id, { page, per_page: 25 }, { signal }),
  );
  return (
    <section class="documents">
      <div class="section-head">
        <h2>Documents</h2>
      </div>
      <Loaded query={documents}>
        {({ data, meta }) =>
          meta.total === 0 ? (
            <p class="calm">{isBusy(source) ? 'The first are on their way.' : 'There are none.'}</p>
          ) : (
            <>
              <ul class="rows">
                {data.map((document) => (
                  <DocumentRow key={document.id} document={document} />
                ))}
              </ul>
              <Pager meta={meta} noun="documents" />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

/** The newest questions whose answers cite it: what the source is good for. */
function Citing({ source }: { source: SourceData }) {
  const { client } = useSession();
  const questions = useQuery(`sources/${source.id}/questions`, (signal) =>
    client.sources.questions(source.id, {}, { signal }),
  );
  if (source.document_count === 0) return null;
  return (
    <section class="documents">
      <div class="section-head">
        <h2>Questions that cite it</h2>
      </div>
      <Loaded query={questions} lines={3}>
        {({ data }) =>
          data.length === 0 ? (
            <p class="calm">None of the last thousand answers cites it.</p>
          ) : (
            <ul class="rows">
              {data.map(({ message_id, thread_id, question, asked_at }) => (
                <li key={message_id} class="document-row">
                  <a class="plain" href={`/conversations/${thread_id}`} dir="auto">
                    {question}
                  </a>
                  <span />
                  <span class="small quiet">
                    <Time at={asked_at} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}

function DocumentRow({ document }: { document: SourceDocument }) {
  const { id, title, url, unit_count, updated_at } = document;
  return (
    <li class="document-row">
      <div class="source-name">
        <a class="plain" href={`/documents/${id}`} dir="auto">
          {title}
        </a>
        {url && <span class="small quiet">{shortURL(url)}</span>}
      </div>
      <span class="small quiet number">{unit_count > 1 && plural(unit_count, 'part')}</span>
      <span class="small quiet">
        <Time at={updated_at} />
      </span>
    </li>
  );
}
