import type { DeliveryStatus, WebhookDelivery } from '@cevvo/sdk';
import { Pager, Segmented, usePageNumber } from '../../components/controls.tsx';
import { Empty, Loaded } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { change, get, type Listed } from '../../lib/account.ts';
import { explain } from '../../lib/failure.ts';
import { plural } from '../../lib/format.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { setQuery, usePlace } from '../../lib/router.ts';
import { useSession } from '../../lib/session.ts';

const STATES: readonly (readonly [DeliveryStatus | '', string])[] = [
  ['', 'All'],
  ['pending', 'Waiting'],
  ['failed', 'Given up'],
  ['delivered', 'Delivered'],
];
const POLL_MS = 4_000;

/** What was and will be sent, and what came of it. */
export function Deliveries({ id, paused }: { id: string; paused: boolean }) {
  const { client } = useSession();
  const page = usePageNumber();
  const asked = usePlace().query.get('status');
  const status = STATES.find(([state]) => state === asked)?.[0] ?? '';
  const deliveries = useQuery(
    `webhooks/${id}/deliveries?page=${page}&status=${status}`,
    (signal) =>
      get<Listed<WebhookDelivery>>(
        client,
        `/webhooks/${id}/deliveries`,
        { page, ...(status && { status }) },
        signal,
      ),
    () => POLL_MS,
  );
  return (
    <section aria-label="Deliveries">
      <div class="section-head">
        <h2>Deliveries</h2>
        <Segmented
          label="Which"
          choices={STATES}
          value={status}
          onChange={(state) => setQuery({ status: state || null, page: null })}
        />
      </div>
      <Loaded query={deliveries}>
        {({ data, meta }) =>
          data.length === 0 ? (
            <Empty title={status ? 'None of these' : 'Nothing was sent yet'}>
              {status
                ? 'Deliveries are kept for 30 days.'
                : 'Send a test to see whether the address answers.'}
            </Empty>
          ) : (
            <>
              <ul class="rows">
                {data.map((each) => (
                  <Row key={each.id} webhookId={id} delivery={each} paused={paused} />
                ))}
              </ul>
              <Pager meta={meta} noun="deliveries" />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

interface RowProps {
  webhookId: string;
  delivery: WebhookDelivery;
  paused: boolean;
}

function Row({ webhookId, delivery, paused }: RowProps) {
  const { client } = useSession();
  const { id, type, status, attempts, error, latency_ms, status_code } = delivery;
  const retry = async () => {
    try {
      await change(client, 'POST', `/webhooks/${webhookId}/deliveries/${id}/retry`, {});
      toast('It is sent again');
    } catch (failed) {
      toast(explain(failed).detail);
    }
    invalidate('webhooks');
  };
  const said =
    status === 'delivered'
      ? `Answered ${status_code} in ${latency_ms} ms`
      : (error ?? (paused ? 'Waits until the webhook goes on' : 'Is being sent'));
  return (
    <li class="person-row webhook-row">
      <div>
        <span>
          <code>{type}</code>{' '}
          <span class={`small ${status === 'failed' ? 'bad' : 'quiet'}`}>{NAMES[status]}</span>
        </span>
        <span class="small quiet">
          {said}
          {attempts > 1 && ` · ${plural(attempts, 'attempt')}`}
          {delivery.next_attempt_at && attempts > 0 && !paused && (
            <>
              {' · next '}
              <Next at={delivery.next_attempt_at} />
            </>
          )}
        </span>
        <details class="small">
          <summary>What is sent</summary>
          <pre>{JSON.stringify(delivery.payload, null, 2)}</pre>
        </details>
      </div>
      <span class="small quiet">
        <Time at={delivery.attempted_at ?? delivery.created_at} />
      </span>
      <button
        type="button"
        class="button compact"
        aria-label={`Send ${type} again`}
        disabled={paused}
        onClick={retry}
      >
        Send again
      </button>
    </li>
  );
}

const NAMES: Record<DeliveryStatus, string> = {
  pending: 'waiting',
  delivered: 'delivered',
  failed: 'given up',
};

/** A time ahead: `Time` says "just now" of the next minute. */
function Next({ at }: { at: string }) {
  const soon = Date.parse(at) - Date.now() < 60_000;
  return soon ? <>attempt within a minute</> : <Time at={at} />;
}
