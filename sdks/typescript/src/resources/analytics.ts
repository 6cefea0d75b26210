import type { RequestOptions, Transport } from '../core/transport.ts';
import type { CoverageGap, Overview, Period, TimeSeries, TopQuestion } from '../types.ts';

/** `limit` 1..50 (10); `period` 7d unless told. */
export interface InsightParams {
  limit?: number;
  period?: Period;
}

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
    params: InsightParams = {},
    options?: RequestOptions,
  ): Promise<{ data: CoverageGap[] }> {
    return this.#get('/analytics/coverage-gaps', params, options);
  }

  #get<T>(path: string, params: InsightParams, options?: RequestOptions): Promise<T> {
    return this.#transport.json({ method: 'GET', path, query: { ...params } }, options);
  }
}
