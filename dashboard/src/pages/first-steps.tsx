import { useQuery } from '../lib/query.ts';
import { useMay, useSession } from '../lib/session.ts';

/** What a new workspace needs before its figures mean anything. */
export function FirstSteps({ sources }: { sources: number }) {
  const { client } = useSession();
  const mayAdd = useMay('ingest');
  const mayPublish = useMay('admin');
  const conversations = useQuery('conversations?any', (signal) =>
    client.conversations.list({ per_page: 1 }, { signal }),
  );
  const hasSource = sources > 0;
  const hasAsked = hasSource && (conversations.data?.meta.total ?? 0) > 0;
  const button = (isNext: boolean) => (isNext ? 'button compact primary' : 'button compact');
  return (
    <ol class="steps">
      <li class={hasSource ? 'done' : ''}>
        <h2>Add what you know</h2>
        <p>A help site, files, or a piece of text. Cevvo reads it and keeps it current.</p>
        {mayAdd && (
          <a class={button(!hasSource)} href="/sources?add=website">
            {hasSource ? 'Add another' : 'Add a source'}
          </a>
        )}
      </li>
      <li class={hasAsked ? 'done' : ''}>
        <h2>Ask the first question</h2>
        <p>Every statement of the answer carries a mark that opens the words it rests on.</p>
        <a class={button(hasSource && !hasAsked)} href="/ask">
          {hasAsked ? 'Ask another' : 'Ask'}
        </a>
      </li>
      <li>
        <h2>Bring it to your users</h2>
        <p>A widget on your website, or the same answers over the API.</p>
        <div class="actions">
          {mayPublish && (
            <a class={button(hasAsked)} href="/widget">
              Widget
            </a>
          )}
          <a class={button(hasAsked && !mayPublish)} href="/docs/api">
            API reference
          </a>
        </div>
      </li>
    </ol>
  );
}
