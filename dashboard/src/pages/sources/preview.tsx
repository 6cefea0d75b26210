import type { Preview, PreviewPage } from '@cevvo/sdk';
import { count, plural, shortURL } from '../../lib/format.ts';

/** The first pages of a crawl: what would be taken in, and why not the rest. */
export function PreviewOfCrawl({ preview }: { preview: Preview }) {
  const { pages, error, complete, discovered } = preview;
  const taken = pages.filter((page) => page.taken).length;
  return (
    <section class="preview" aria-label="Preview" aria-live="polite">
      {error ? (
        <p class="form-error">{error.message}</p>
      ) : (
        <p>
          {count(taken)} of {plural(pages.length, 'page')} would be taken in;{' '}
          {complete ? 'there are no more.' : `${count(discovered)} addresses are known so far.`}
        </p>
      )}
      <ul class="rows">
        {pages.map((page) => (
          <PageRow key={page.url} page={page} />
        ))}
      </ul>
    </section>
  );
}

function PageRow({ page }: { page: PreviewPage }) {
  return (
    <li class="left-out-row">
      <span class="source-name">
        <span dir="auto">{page.title ?? shortURL(page.url)}</span>
        {page.title && <span class="small quiet">{shortURL(page.url)}</span>}
      </span>
      <span class={page.taken ? 'status synced' : 'status pending'}>
        {page.taken ? plural(page.characters ?? 0, 'character') : 'Not taken'}
      </span>
      {page.reason && <p class="small quiet">{page.reason}</p>}
    </li>
  );
}
