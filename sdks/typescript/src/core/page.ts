import type { PageMeta } from '../types.ts';

export interface PageParams {
  /** From 1. */
  page?: number;
  /** 1..100 */
  per_page?: number;
}

type Load<T> = (page: number | undefined) => Promise<{ data: T[]; meta: PageMeta }>;

/** One page of a list. Iterating it goes on over all the pages after it. */
export class Page<T> implements AsyncIterable<T> {
  readonly data: T[];
  readonly meta: PageMeta;
  #load: Load<T>;

  constructor(content: { data: T[]; meta: PageMeta }, load: Load<T>) {
    this.data = content.data;
    this.meta = content.meta;
    this.#load = load;
  }

  get hasNext(): boolean {
    return this.data.length > 0 && this.meta.page * this.meta.per_page < this.meta.total;
  }

  /** The page after this one, null at the end. */
  async next(): Promise<Page<T> | null> {
    if (!this.hasNext) return null;
    return new Page(await this.#load(this.meta.page + 1), this.#load);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let page: Page<T> | null = this; page; page = await page.next()) yield* page.data;
  }
}

/** What a list call gives: await it for one page, or iterate it for every item of every page. */
export class PagePromise<T> implements PromiseLike<Page<T>>, AsyncIterable<T> {
  #load: Load<T>;
  #first: number | undefined;
  #page: Promise<Page<T>> | undefined;

  constructor(load: Load<T>, first?: number) {
    this.#load = load;
    this.#first = first;
  }

  then<A = Page<T>, B = never>(
    fulfilled?: ((page: Page<T>) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#page ??= this.#load(this.#first).then((content) => new Page(content, this.#load));
    return this.#page.then(fulfilled, rejected);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* await this;
  }
}
