/** What a new workspace needs before its figures mean anything. */
export function FirstSteps({ sources }: { sources: number }) {
  const hasSource = sources > 0;
  return (
    <ol class="steps">
      <li class={hasSource ? 'done' : ''}>
        <h2>Add what you know</h2>
        <p>A help site, files, or a piece of text. Cevvo reads it and keeps it current.</p>
        <a
          class={hasSource ? 'button compact' : 'button compact primary'}
          href="/sources?add=website"
        >
          {hasSource ? 'Add another' : 'Add a source'}
        </a>
      </li>
      <li>
        <h2>Ask the first question</h2>
        <p>Every statement of the answer carries a mark that opens the words it rests on.</p>
        <a class={hasSource ? 'button compact primary' : 'button compact'} href="/ask">
          Ask
        </a>
      </li>
      <li>
        <h2>Bring it to your users</h2>
        <p>The same answers over the API: one request, or a stream.</p>
        <a class="button compact" href="/docs/api">
          API reference
        </a>
      </li>
    </ol>
  );
}
