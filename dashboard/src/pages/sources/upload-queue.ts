/** Files on their way in. They go on while the reader moves between pages. */
import { type Cevvo, type Job, JobError } from '@cevvo/sdk';
import { useEffect, useReducer } from 'preact/hooks';
import { explain } from '../../lib/failure.ts';
import { ended } from '../../lib/live.ts';
import { invalidate } from '../../lib/query.ts';

export interface Upload {
  id: number;
  name: string;
  state: 'waiting' | 'sending' | 'reading' | 'done' | 'failed';
  /** 0..1 while it is read; null if unknown. */
  progress: number | null;
  detail: string | null;
}

const AT_ONCE = 2;
const UPLOAD_TIMEOUT = 10 * 60_000;
let uploads: Upload[] = [];
let ids = 0;
const listeners = new Set<() => void>();
const waiting: (() => Promise<void>)[] = [];
let running = 0;

export function useUploads(): Upload[] {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0);
  useEffect(() => {
    const listener = () => redraw();
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
  return uploads;
}

/** Takes the files in; without a source they go to the workspace's "Uploads". */
export function upload(client: Cevvo, files: Iterable<File>, sourceId?: string): void {
  for (const file of files) {
    const id = ++ids;
    update([...uploads, { id, name: file.name, state: 'waiting', progress: null, detail: null }]);
    waiting.push(() => send(client, file, id, sourceId));
  }
  startNext();
}

/** Takes those that ended off the list. */
export function clearEnded(): void {
  update(uploads.filter(({ state }) => state !== 'done' && state !== 'failed'));
}

function update(next: Upload[]): void {
  uploads = next;
  for (const listener of listeners) listener();
}

function change(id: number, changes: Partial<Upload>): void {
  update(uploads.map((one) => (one.id === id ? { ...one, ...changes } : one)));
}

function startNext(): void {
  while (running < AT_ONCE) {
    const next = waiting.shift();
    if (!next) return;
    running++;
    next().finally(() => {
      running--;
      startNext();
    });
  }
}

async function send(client: Cevvo, file: File, id: number, sourceId?: string): Promise<void> {
  change(id, { state: 'sending' });
  try {
    const request = { file, ...(sourceId ? { source_id: sourceId } : {}) };
    const { job_id } = await client.ingest.upload(request, { timeout: UPLOAD_TIMEOUT });
    change(id, { state: 'reading' });
    invalidate('sources');
    const onProgress = ({ progress }: Job) => change(id, { progress });
    const job = await ended(client, job_id, onProgress);
    change(id, { state: 'done', detail: job.warnings[0] ?? null });
  } catch (error) {
    const detail = error instanceof JobError ? error.message : explain(error).detail;
    change(id, { state: 'failed', detail });
  }
  invalidate('sources');
}
