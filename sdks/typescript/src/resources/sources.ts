import { type PageParams, PagePromise } from '../core/page.ts';
import type { RequestOptions, Transport } from '../core/transport.ts';
import type {
  Deleted,
  JobAccepted,
  Source,
  SourceCreate,
  SourceDocument,
  SourceType,
  SourceUpdate,
} from '../types.ts';

const path = (id: string) => `/sources/${encodeURIComponent(id)}`;

export class Sources {
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Newest first. */
  list(
    params: PageParams & { type?: SourceType } = {},
    options?: RequestOptions,
  ): PagePromise<Source> {
    return new PagePromise(
      (page) =>
        this.#transport.json(
          { method: 'GET', path: '/sources', query: { ...params, page } },
          options,
        ),
      params.page,
    );
  }

  /** A website starts to be crawled at once; a text source may bring its `content`. */
  create(source: SourceCreate, options?: RequestOptions): Promise<Source> {
    return this.#transport.json({ method: 'POST', path: '/sources', json: source }, options);
  }

  get(id: string, options?: RequestOptions): Promise<Source> {
    return this.#transport.json({ method: 'GET', path: path(id) }, options);
  }

  /** Changes what is given and leaves the rest. */
  update(id: string, changes: SourceUpdate, options?: RequestOptions): Promise<Source> {
    return this.#transport.json({ method: 'PUT', path: path(id), json: changes }, options);
  }

  /** Returns once nothing of the source can be retrieved any more. */
  delete(id: string, options?: RequestOptions): Promise<Deleted> {
    return this.#transport.json({ method: 'DELETE', path: path(id) }, options);
  }

  /** Fetches a website's pages again. */
  sync(id: string, options?: RequestOptions): Promise<JobAccepted> {
    return this.#transport.json({ method: 'POST', path: `${path(id)}/sync` }, options);
  }

  /** The documents of a source. */
  documents(
    id: string,
    params: PageParams = {},
    options?: RequestOptions,
  ): PagePromise<SourceDocument> {
    return new PagePromise(
      (page) =>
        this.#transport.json(
          { method: 'GET', path: `${path(id)}/documents`, query: { ...params, page } },
          options,
        ),
      params.page,
    );
  }
}
