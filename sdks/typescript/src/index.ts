export { Cevvo, type CevvoOptions } from './client.ts';
export * from './core/errors.ts';
export { Page, type PageParams, type PagePromise } from './core/page.ts';
export type { ChatStream } from './core/stream.ts';
export type { RequestOptions } from './core/transport.ts';
export type { InsightParams } from './resources/analytics.ts';
export type { JobFilter, Uploadable, WaitOptions } from './resources/ingest.ts';
export type * from './types.ts';
