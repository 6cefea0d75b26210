import { Pager, usePageNumber } from '../components/controls.tsx';
import { Empty, Loaded, Page } from '../components/page.tsx';
import { Time } from '../components/time.tsx';
import { plural } from '../lib/format.ts';
import { useQuery } from '../lib/query.ts';
import { useSession } from '../lib/session.ts';
import '../styles/insight.css';

export default function Conversations() {
  const { client } = useSession();
  const page = usePageNumber();
  const conversations = useQuery(`conversations?page=${page}`, (signal) =>
    client.conversations.list({ page, per_page: 25 }, { signal }),
  );
  return (
    <Page title="Conversations" lede="What people asked, and what they were told. Latest first.">
      <Loaded query={conversations}>
        {({ data, meta }) =>
          meta.total === 0 ? (
            <Empty
              title="Nobody has asked yet"
              action={
                <a class="button primary" href="/ask">
                  Ask the first question
                </a>
              }
            >
              Questions from this dashboard, the widget and the API all show up here, with their
              answers.
            </Empty>
          ) : (
            <>
              <ul class="rows">
                {data.map((conversation) => (
                  <li key={conversation.id} class="conversation-row">
                    <a class="plain" dir="auto" href={`/conversations/${conversation.id}`}>
                      {conversation.title}
                    </a>
                    <span class="small quiet number">
                      {plural(conversation.message_count, 'message')}
                    </span>
                    <span class="small quiet">
                      <Time at={conversation.updated_at} />
                    </span>
                  </li>
                ))}
              </ul>
              <Pager meta={meta} noun="conversations" />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
