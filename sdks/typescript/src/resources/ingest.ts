import { APITimeoutError, JobError, StreamError } from '../core/errors.ts';
import { BROKEN, eventData, parseEvent } from '../core/events.ts';
import type { PageParams, PagePromise } from '../core/page.ts';
import { sleep } from '../core/retry.ts';
import { either } from '../core/signals.ts';
import type { RequestOptions, Transport } from '../core/transport.ts';
import type {
  Job,
  JobAccepted,
  JobKind,
  JobPage,
  JobsEvent,
  JobStatus,
  TextIngest,
  UrlIngest,
  Verdict,
} from '../types.ts';

/** A `File`, or bytes or text with the name that the file goes by. */
export type Uploadable = File | { name: string; content: Blob | Uint8Array<ArrayBuffer> | string };

export interface UploadRequest {
  file: Uploadable;
  source_id?: string;
  /** As in `TextIngest`. */
  metadata?: Record<string, string>;
}

export interface WaitOptions extends RequestOptions {
  /** Milliseconds until waiting is given up (10 minutes); the job itself goes on. */
  waitTimeout?: number;
  /** Called with the job each time it was looked at. */
  onProgress?: (job: Job) => void;
}

export interface JobFilter extends PageParams {
  status?: JobStatus;
  source_id?: string;
  kind?: JobKind;
}

const FIRST_LOOK = 250;
const LONGEST_PAUSE = 3_000;

export class Ingest {
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** PDF, DOCX, TXT or Markdown. Without a source it goes to the workspace's "Uploads". */
  upload(
    request: UploadRequest,
    options?: RequestOptions,
  ): Promise<JobAccepted> {
    const { file, source_id, metadata } = request;
    const form = new FormData();
    if (source_id) form.set('source_id', source_id);
    if (metadata) form.set('metadata', JSON.stringify(metadata));
    form.set('file', file instanceof File ? file : new File([file.content], file.name));
    return this.#transport.json({ method: 'POST', path: '/ingest/upload', form }, options);
  }

  /** Exactly one page or file from the web. */
  url(request: UrlIngest, options?: RequestOptions): Promise<JobAccepted> {
    return this.#transport.json({ method: 'POST', path: '/ingest/url', json: request }, options);
  }

  text(request: TextIngest, options?: RequestOptions): Promise<JobAccepted> {
    return this.#transport.json({ method: 'POST', path: '/ingest/text', json: request }, options);
  }

  status(jobId: string, options?: RequestOptions): Promise<Job> {
    const path = `/ingest/status/${encodeURIComponent(jobId)}`;
    return this.#transport.json({ method: 'GET', path }, options);
  }

  /** Newest first, without the pages of crawls. */
  jobs(params: JobFilter = {}, options?: RequestOptions): PagePromise<Job> {
    return this.#transport.list('/ingest/jobs', params, options);
  }

  /**
   * The unfinished jobs at once, then those that changed whenever some did, until the loop is left
   * or the server stops. `timeout` limits silence: the server breaks it every 10 s.
   * Throws StreamError when the stream breaks off: then call again.
   */
  async *streamJobs(options: RequestOptions = {}): AsyncGenerator<JobsEvent, void, undefined> {
    const left = new AbortController();
    const signal = options.signal ? either(options.signal, left.signal) : left.signal;
    const call = { method: 'GET', path: '/ingest/jobs/stream', accept: 'text/event-stream' } as const;
    const { baseURL, timeout } = this.#transport.config;
    try {
      const response = await this.#transport.stream(call, { ...options, signal });
      const name = `GET ${baseURL}${call.path}`;
      for await (const data of eventData(response, name, options.timeout ?? timeout, signal)) {
        if (data === '[DONE]') return;
        const event = parseEvent<JobsEvent>(data);
        if (event.type === 'jobs') yield event;
      }
      throw new StreamError(BROKEN);
    } finally {
      left.abort();
    }
  }

  /** What became of each page that a crawl visited, in order of discovery. */
  pages(
    jobId: string,
    params: PageParams & { verdict?: Verdict } = {},
    options?: RequestOptions,
  ): PagePromise<JobPage> {
    const path = `/ingest/jobs/${encodeURIComponent(jobId)}/pages`;
    return this.#transport.list(path, params, options);
  }

  /** Stops a job at once; what it has taken in stays. Throws ConflictError if it has ended. */
  cancel(jobId: string, options?: RequestOptions): Promise<Job> {
    const path = `/ingest/jobs/${encodeURIComponent(jobId)}/cancel`;
    return this.#transport.json({ method: 'POST', path }, options);
  }

  /**
   * The job once it is completed.
   * Throws JobError if it fails or is cancelled, APITimeoutError if it takes too long.
   */
  async wait(jobId: string, options: WaitOptions = {}): Promise<Job> {
    const limit = options.waitTimeout ?? 600_000;
    const end = performance.now() + limit;
    for (let pause = FIRST_LOOK; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
      const job = await this.status(jobId, options);
      options.onProgress?.(job);
      if (job.status === 'completed') return job;
      if (job.status === 'failed' || job.status === 'cancelled') throw new JobError(job);
      if (performance.now() + pause > end) {
        throw new APITimeoutError(`Job ${jobId} is still ${job.status} after ${limit} ms.`);
      }
      await sleep(pause, options.signal);
    }
  }

  /** Uploads and returns the job once the file can be found. */
  async uploadAndWait(
    request: UploadRequest,
    options: WaitOptions = {},
  ): Promise<Job> {
    const { job_id } = await this.upload(request, options);
    return this.wait(job_id, options);
  }
}
