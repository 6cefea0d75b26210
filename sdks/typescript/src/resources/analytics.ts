import type { PageParams, PagePromise } from '../core/page.ts';
import type { RequestOptions, Transport } from '../core/transport.ts';
import type {
  Conflict,
  CoverageGap,
  GapAnswerAccepted,
  GapAnswerCreate,
  GapDetail,
  GapStatus,
  Overview,
  Period,
  StaleAnswer,
  StaleVerdict,
  TimeSeries,
  TopQuestion,
} from '../types.ts';

/** `limit` 1..50 (10); `period` 7d unless told. */
export interface InsightParams {
  limit?: number;
  period?: Period;
}

const gapPath = (id: string) => `/analytics/coverage-gaps/${encodeURIComponent(id)}`;

export class Analytics {
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  overview(params: { period?: Period } = {}, options?: RequestOptions): Promise<Overview> {
    return this.#get('/analytics/overview', params, options);
  }

  /** The figures by hour (24h) or by day of UTC, empty ones included. */
  timeseries(params: { period?: Period } = {}, options?: RequestOptions): Promise<TimeSeries> {
    return this.#get('/analytics/timeseries', params, options);
  }

  /** Questions that mean the same are counted as one; most frequent first. */
  topQuestions(
    params: InsightParams = {},
    options?: RequestOptions,
  ): Promise<{ data: TopQuestion[] }> {
    return this.#get('/analytics/top-questions', params, options);
  }

  /** Questions that the sources do not answer. */
  coverageGaps(
    params: InsightParams & { status?: GapStatus | 'all'; sort?: 'count' | 'newest' } = {},
    options?: RequestOptions,
  ): Promise<{ data: CoverageGap[] }> {
    return this.#get('/analytics/coverage-gaps', params, options);
  }

  /** A gap with its conversations, what came nearest, and the outline of what is missing. */
  coverageGap(id: string, options?: RequestOptions): Promise<GapDetail> {
    return this.#get(gapPath(id), {}, options);
  }

  /** Dismisses a gap that nobody means to answer, or opens it again. */
  updateCoverageGap(
    id: string,
    changes: { status: 'open' | 'dismissed' },
    options?: RequestOptions,
  ): Promise<GapDetail> {
    return this.#transport.json({ method: 'PUT', path: gapPath(id), json: changes }, options);
  }

  /** Takes in a text that answers the gap; its questions are then asked again. */
  answerCoverageGap(
    id: string,
    text: GapAnswerCreate,
    options?: RequestOptions,
  ): Promise<GapAnswerAccepted> {
    return this.#transport.json(
      { method: 'POST', path: `${gapPath(id)}/answer`, json: text },
      options,
    );
  }

  /** Answers that quote what a page no longer says, those found last first. */
  staleAnswers(
    params: PageParams & { verdict?: StaleVerdict } = {},
    options?: RequestOptions,
  ): PagePromise<StaleAnswer> {
    return this.#transport.list('/analytics/stale-answers', params, options);
  }

  /** Pairs of passages that answer one question differently, the newest first. */
  conflicts(params: PageParams = {}, options?: RequestOptions): PagePromise<Conflict> {
    return this.#transport.list('/analytics/conflicts', params, options);
  }

  #get<T>(path: string, params: InsightParams, options?: RequestOptions): Promise<T> {
    return this.#transport.json({ method: 'GET', path, query: { ...params } }, options);
  }
}
