import type { PageParams, PagePromise } from '../core/page.ts';
import type { RequestOptions, Transport } from '../core/transport.ts';
import type {
  CitingQuestion,
  Deleted,
  JobAccepted,
  Preview,
  PreviewRequest,
  Source,
  SourceCreate,
  SourceDocument,
  SourceDocumentDetail,
  SourceType,
  SourceUpdate,
} from '../types.ts';

const path = (id: string) => `/sources/${encodeURIComponent(id)}`;
const documentPath = (id: string, documentId: string) =>
  `${path(id)}/documents/${encodeURIComponent(documentId)}`;

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
    return this.#transport.list('/sources', params, options);
  }

  /** A website starts to be crawled at once; a text source may bring its `content`. */
  create(source: SourceCreate, options?: RequestOptions): Promise<Source> {
    return this.#transport.json({ method: 'POST', path: '/sources', json: source }, options);
  }

  /** What a crawl would take of a website, and why not the rest. Nothing is stored. */
  preview(request: PreviewRequest, options?: RequestOptions): Promise<Preview> {
    return this.#transport.json(
      { method: 'POST', path: '/sources/preview', json: request },
      options,
    );
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
    return this.#transport.list(`${path(id)}/documents`, params, options);
  }

  /** One document with its text and chunks. */
  document(
    id: string,
    documentId: string,
    options?: RequestOptions,
  ): Promise<SourceDocumentDetail> {
    return this.#transport.json({ method: 'GET', path: documentPath(id, documentId) }, options);
  }

  /** A document of whichever source, as a citation names it. */
  findDocument(documentId: string, options?: RequestOptions): Promise<SourceDocumentDetail> {
    const found = `/documents/${encodeURIComponent(documentId)}`;
    return this.#transport.json({ method: 'GET', path: found }, options);
  }

  /** The newest questions whose answers cite the source; `limit` 1..50 (10). */
  questions(
    id: string,
    params: { limit?: number } = {},
    options?: RequestOptions,
  ): Promise<{ data: CitingQuestion[] }> {
    const asked = `${path(id)}/questions`;
    return this.#transport.json({ method: 'GET', path: asked, query: { ...params } }, options);
  }

  /** The file that a document was made from. Throws NotFoundError for what came from the web. */
  original(id: string, documentId: string, options?: RequestOptions): Promise<Blob> {
    const original = `${documentPath(id, documentId)}/original`;
    return this.#transport.bytes({ method: 'GET', path: original, accept: '*/*' }, options);
  }

  /** A page of a website comes back with the next crawl. */
  deleteDocument(id: string, documentId: string, options?: RequestOptions): Promise<Deleted> {
    return this.#transport.json({ method: 'DELETE', path: documentPath(id, documentId) }, options);
  }
}
