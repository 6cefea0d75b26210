import { type GapDetail, NotFoundError } from '@cevvo/sdk';
import { useEffect, useState } from 'preact/hooks';
import { Absent, Loaded, Page } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { explain } from '../../lib/failure.ts';
import { count, percent } from '../../lib/format.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { useMay, useSession } from '../../lib/session.ts';
import '../../styles/gaps.css';
import { Asked } from './asked.tsx';
import { Write } from './write.tsx';

const UP = { href: '/gaps', label: 'Gaps' };
const SOON_MS = 1000;

export default function GapPage({ id }: { id: string }) {
  const { client } = useSession();
  const mayAnswer = useMay('ingest');
  /** When it had last been asked again before an answer was written: until that changes, wait. */
  const [waitingSince, setWaitingSince] = useState<string | null>();
  const key = `analytics/coverage-gaps/${id}`;
  const gap = useQuery(
    key,
    (signal) => client.analytics.coverageGap(id, { signal }),
    (found) =>
      waitingSince !== undefined && found.checked_at === waitingSince && found.status === 'open'
        ? SOON_MS
        : null,
  );
  const closed = waitingSince !== undefined && gap.data?.status === 'closed';
  useEffect(() => {
    if (!closed) return;
    setWaitingSince(undefined);
    toast('The gap is closed');
  }, [closed]);
  if (gap.error instanceof NotFoundError) {
    return (
      <Absent what="gap" up={UP}>
        The conversations in which it was asked may have been deleted, or the link belongs to
        another workspace.
      </Absent>
    );
  }
  const set = async (status: 'open' | 'dismissed') => {
    try {
      await client.analytics.updateCoverageGap(id, { status });
      toast(status === 'open' ? 'The gap is open again' : 'The gap was dismissed');
      invalidate('analytics');
    } catch (error) {
      toast(explain(error).title);
    }
  };
  const found = gap.data;
  const actions = found && (
    <>
      <a class="button ghost" href={`/ask?q=${encodeURIComponent(found.question)}`}>
        Ask it now
      </a>
      {!mayAnswer ? null : found.status === 'open' ? (
        <button type="button" class="button" onClick={() => set('dismissed')}>
          Dismiss
        </button>
      ) : (
        <button type="button" class="button" onClick={() => set('open')}>
          Open again
        </button>
      )}
    </>
  );
  return (
    <Page
      title={found?.question ?? 'Gap'}
      up={UP}
      lede={found && <Facts gap={found} />}
      actions={actions}
    >
      <Loaded query={gap}>
        {(shown) => (
          <div class="gap-page">
            {shown.status === 'open' && <Missing gap={shown} />}
            {shown.status === 'open' && mayAnswer && (
              <Write
                gap={shown}
                waiting={waitingSince !== undefined && shown.checked_at === waitingSince}
                onWritten={() => {
                  setWaitingSince(shown.checked_at);
                  invalidate(key);
                }}
                onRefused={() => setWaitingSince(undefined)}
              />
            )}
            <Asked gap={shown} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

const STATUS = { open: 'Open', closed: 'Closed', dismissed: 'Dismissed' } as const;
const SHAPE = { open: 'pending', closed: 'synced', dismissed: 'paused' } as const;

function Facts({ gap }: { gap: GapDetail }) {
  return (
    <>
      <span class={`status ${SHAPE[gap.status]}`}>{STATUS[gap.status]}</span> ·{' '}
      {gap.closed_at ? (
        <>
          <Time at={gap.closed_at} />: your sources answer it now.{' '}
        </>
      ) : (
        gap.reopened > 0 &&
        gap.status === 'open' && (
          <>
            again <Time at={gap.opened_at} />.{' '}
          </>
        )
      )}
      Asked in vain {gap.count === 1 ? 'once' : `${count(gap.count)} times`}, first{' '}
      <Time at={gap.first_asked} />
      {gap.last_asked !== gap.first_asked && (
        <>
          , last <Time at={gap.last_asked} />
        </>
      )}
      .
    </>
  );
}

function Missing({ gap }: { gap: GapDetail }) {
  return (
    <section>
      <h2>Why it went unanswered</h2>
      <p>{gap.explanation}</p>
      {gap.nearest.length > 0 && (
        <ul class="nearest">
          {gap.nearest.map((passage) => (
            <li key={passage.document_id}>
              <blockquote dir="auto">{passage.quote}</blockquote>
              <p class="small quiet">
                <a href={`/documents/${passage.document_id}`}>{passage.title}</a> ·{' '}
                {percent(passage.score)} near
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
