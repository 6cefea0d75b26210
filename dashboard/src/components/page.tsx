import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { explain } from '../lib/failure.ts';
import type { Query } from '../lib/query.ts';

interface PageProps {
  title: string;
  /** The title is for screen readers only, where the content begins with one of its own. */
  titleHidden?: boolean;
  lede?: ComponentChildren;
  /** The page above this one, as a link before the title. */
  up?: { href: string; label: string };
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** The frame of a page. Its title becomes the document's, and takes the focus on arrival. */
export function Page({ title, titleHidden, lede, up, actions, children }: PageProps) {
  useTitle(title);
  return (
    <div class="page">
      <header class="page-head">
        <div>
          {up && (
            <a class="crumb plain" href={up.href}>
              ← {up.label}
            </a>
          )}
          <Heading {...(titleHidden ? { class: 'visually-hidden' } : {})}>{title}</Heading>
          {lede && <p class="lede">{lede}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Cevvo`;
  }, [title]);
}

let arrivals = 0;

/** A page's h1: a screen reader is told of the new page by the focus going there. */
export function Heading({
  children,
  class: name,
}: {
  children: ComponentChildren;
  class?: string;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (arrivals++ > 0) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} dir="auto" tabIndex={-1} {...(name ? { class: name } : {})}>
      {children}
    </h1>
  );
}

export function Skeleton({ lines = 6 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <i key={line} />
      ))}
    </div>
  );
}

interface EmptyProps {
  title: string;
  children: ComponentChildren;
  action?: ComponentChildren;
}

/** Nothing here yet, and the next step. */
export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {action && <div class="actions">{action}</div>}
    </div>
  );
}

interface AbsentProps {
  /** What was looked for: `gap`. */
  what: string;
  /** The page that lists what there is. */
  up: { href: string; label: string };
  children?: ComponentChildren;
}

/** In place of the page of something that is not there (any more). */
export function Absent({ what, up, children }: AbsentProps) {
  return (
    <Page title={`No such ${what}`} up={up}>
      <Empty
        title="It is not here (any more)"
        action={
          <a class="button" href={up.href}>
            All {up.label.toLowerCase()}
          </a>
        }
      >
        {children ?? 'It may have been deleted, or the link belongs to another workspace.'}
      </Empty>
    </Page>
  );
}

interface ProblemProps {
  error: unknown;
  /** In place of the usual title for such an error. */
  title?: string;
  retry?: () => void;
}

export function Problem({ error, title, retry }: ProblemProps) {
  const { title: usual, detail, requestId } = explain(error);
  return (
    <div class="problem" role="alert">
      <div>
        <strong>{title ?? usual}</strong>
        <p>{detail}</p>
        {requestId && (
          <p class="small quiet">
            Request <code>{requestId}</code>
          </p>
        )}
      </div>
      {retry && (
        <button type="button" class="button compact" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

interface LoadedProps<T> {
  query: Query<T>;
  lines?: number;
  children: (data: T) => ComponentChildren;
}

/** What a query brought; until then its skeleton; its error above whatever is known. */
export function Loaded<T>({ query, lines, children }: LoadedProps<T>) {
  const { data, error, reload } = query;
  return (
    <>
      {error !== undefined && <Problem error={error} retry={reload} />}
      {data === undefined
        ? error === undefined && <Skeleton {...(lines ? { lines } : {})} />
        : children(data)}
    </>
  );
}
