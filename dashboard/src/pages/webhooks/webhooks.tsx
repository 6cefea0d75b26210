import type { Webhook } from '@cevvo/sdk';
import { useState } from 'preact/hooks';
import { Pager, usePageNumber } from '../../components/controls.tsx';
import { Icon } from '../../components/icons.tsx';
import { Empty, Loaded, Page } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { get, type Listed } from '../../lib/account.ts';
import { plural, shortURL } from '../../lib/format.ts';
import { useQuery } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import { Create } from './create.tsx';
import '../../styles/people.css';
import '../../styles/webhooks.css';

export default function Webhooks() {
  const { client } = useSession();
  const [making, setMaking] = useState(false);
  const page = usePageNumber();
  const webhooks = useQuery(`webhooks?page=${page}`, (signal) =>
    get<Listed<Webhook>>(client, '/webhooks', { page }, signal),
  );
  const make = (
    <button type="button" class="button primary" onClick={() => setMaking(true)}>
      <Icon name="plus" /> Make a webhook
    </button>
  );
  return (
    <Page
      title="Webhooks"
      lede="Programs of yours that are told when something happens."
      actions={make}
    >
      <Loaded query={webhooks}>
        {({ data, meta }) =>
          meta.total === 0 ? (
            <Empty title="Nobody is told anything yet">
              Make a webhook, and Cevvo sends a signed message to its address when a source
              fails, a person is asked for or a gap appears.
            </Empty>
          ) : (
            <section aria-label="Webhooks">
              <ul class="rows">
                {data.map((webhook) => (
                  <Row key={webhook.id} webhook={webhook} />
                ))}
              </ul>
              <Pager meta={meta} noun="webhooks" />
            </section>
          )
        }
      </Loaded>
      {making && <Create onClose={() => setMaking(false)} />}
    </Page>
  );
}

function Row({ webhook }: { webhook: Webhook }) {
  const { id, url, events, include_text, status, failing_since } = webhook;
  return (
    <li class="person-row webhook-row">
      <div>
        <a href={`/webhooks/${id}`}>{shortURL(url)}</a>
        <span class="small quiet">
          {events.length > 3 ? plural(events.length, 'kind of event', 'kinds of events') : events.join(', ')}
          {include_text && ' · with what people wrote'}
        </span>
      </div>
      <span class={`small ${status === 'paused' || failing_since ? 'bad' : 'quiet'}`}>
        {status === 'paused' ? (
          'Paused'
        ) : failing_since ? (
          <>
            Fails since <Time at={failing_since} as="date" />
          </>
        ) : (
          'Active'
        )}
      </span>
    </li>
  );
}
