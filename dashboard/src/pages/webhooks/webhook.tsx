import {
  type NewWebhook,
  NotFoundError,
  type Webhook as WebhookObject,
  type WebhookDelivery,
} from '@cevvo/sdk';
import { useState } from 'preact/hooks';
import { Confirm } from '../../components/dialog.tsx';
import { Absent, Loaded, Page } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { toast } from '../../components/toast.tsx';
import { change, get } from '../../lib/account.ts';
import { explain } from '../../lib/failure.ts';
import { shortURL } from '../../lib/format.ts';
import { invalidate, useQuery } from '../../lib/query.ts';
import { navigate } from '../../lib/router.ts';
import { useSession } from '../../lib/session.ts';
import { Deliveries } from './deliveries.tsx';
import { Secret } from './secret.tsx';
import '../../styles/people.css';
import '../../styles/webhooks.css';

const UP = { href: '/webhooks', label: 'Webhooks' };

export default function Webhook({ id }: { id: string }) {
  const { client } = useSession();
  const webhook = useQuery(`webhooks/${id}`, (signal) =>
    get<WebhookObject>(client, `/webhooks/${id}`, {}, signal),
  );
  if (webhook.error instanceof NotFoundError) {
    return <Absent what="webhook" up={UP} />;
  }
  return (
    <Page
      title={webhook.data ? shortURL(webhook.data.url) : 'Webhook'}
      up={UP}
      {...(webhook.data && { actions: <Actions webhook={webhook.data} /> })}
    >
      <Loaded query={webhook}>
        {(found) => (
          <>
            <State webhook={found} />
            <Deliveries id={id} paused={found.status === 'paused'} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Actions({ webhook }: { webhook: WebhookObject }) {
  const { client } = useSession();
  const [asking, setAsking] = useState<'rotate' | 'delete' | null>(null);
  const [made, setMade] = useState<NewWebhook | null>(null);
  const [busy, setBusy] = useState(false);
  const path = `/webhooks/${webhook.id}`;
  const test = async () => {
    setBusy(true);
    try {
      const sent = await change<WebhookDelivery>(client, 'POST', `${path}/test`, {});
      toast(sent.error ?? `Delivered in ${sent.latency_ms} ms`);
    } catch (error) {
      toast(explain(error).detail);
    }
    setBusy(false);
    invalidate('webhooks');
  };
  const rotate = async () => {
    setMade(await change<NewWebhook>(client, 'POST', `${path}/rotate`, { overlap_hours: 24 }));
    invalidate('webhooks');
  };
  const remove = async () => {
    await change(client, 'DELETE', path);
    toast('The webhook is deleted');
    navigate('/webhooks', { replace: true });
    invalidate('webhooks?');
  };
  return (
    <>
      <button type="button" class="button primary" disabled={busy} onClick={test}>
        {busy ? 'Sending…' : 'Send a test'}
      </button>
      <button type="button" class="button" onClick={() => setAsking('rotate')}>
        New secret
      </button>
      <button type="button" class="button" onClick={() => setAsking('delete')}>
        Delete
      </button>
      {asking === 'rotate' && (
        <Confirm
          title="Make a new secret?"
          deed="Make it"
          doing="Making…"
          onConfirm={rotate}
          onClose={() => setAsking(null)}
        >
          For 24 hours each message is signed with the old one as well.
        </Confirm>
      )}
      {asking === 'delete' && (
        <Confirm
          title="Delete this webhook?"
          deed="Delete"
          onConfirm={remove}
          onClose={() => setAsking(null)}
        >
          Nothing more is sent there, and the log of its deliveries goes too.
        </Confirm>
      )}
      {made && <Secret made={made} onClose={() => setMade(null)} />}
    </>
  );
}

function State({ webhook }: { webhook: WebhookObject }) {
  const { client } = useSession();
  const { id, events, include_text, status, pause_reason, failing_since } = webhook;
  const expires = webhook.previous_secret_expires_at;
  const paused = status === 'paused';
  const turn = async () => {
    try {
      await change(client, 'PUT', `/webhooks/${id}`, { paused: !paused });
    } catch (error) {
      toast(explain(error).detail);
    }
    invalidate('webhooks');
  };
  return (
    <section class="webhook-state" aria-label="State">
      <div>
        <strong {...(paused || failing_since ? { class: 'bad' } : {})}>
          {paused ? 'Paused' : failing_since ? 'Failing' : 'Active'}
        </strong>
        <p class="small">
          {paused && (pause_reason ?? 'Somebody paused it.')}
          {paused && ' Events wait here, for 30 days at most.'}
          {!paused && failing_since && (
            <>
              The first failure was <Time at={failing_since} />. It is tried again, and paused
              after three days of failures.
            </>
          )}
          {!paused && !failing_since && 'Events are sent as they happen.'}
        </p>
        <p class="small quiet">
          {events.join(', ')}
          {include_text && ' · with what people wrote'}
          {expires && Date.parse(expires) > Date.now() && ' · signed with two secrets'}
        </p>
      </div>
      <button type="button" class="button compact" onClick={turn}>
        {paused ? 'Let it go on' : 'Pause'}
      </button>
    </section>
  );
}
