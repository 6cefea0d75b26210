import { clearEnded, type Upload, useUploads } from './upload-queue.ts';

const WORDS: Record<Upload['state'], [status: string, text: string]> = {
  waiting: ['pending', 'Waiting'],
  sending: ['syncing', 'Sending'],
  reading: ['syncing', 'Reading'],
  done: ['synced', 'Can be found'],
  failed: ['failed', 'Failed'],
};

/** The files of this visit and how far each has come. */
export function UploadList() {
  const uploads = useUploads();
  if (uploads.length === 0) return null;
  const ended = uploads.some(({ state }) => state === 'done' || state === 'failed');
  return (
    <section class="uploads" aria-label="Uploads">
      <div class="section-head">
        <h2>Uploads</h2>
        {ended && (
          <button type="button" class="link small" onClick={clearEnded}>
            Clear
          </button>
        )}
      </div>
      <ul class="rows">
        {uploads.map((upload) => (
          <UploadRow key={upload.id} upload={upload} />
        ))}
      </ul>
    </section>
  );
}

function UploadRow({ upload }: { upload: Upload }) {
  const [status, words] = WORDS[upload.state];
  return (
    <li class="upload-row">
      <span dir="auto">{upload.name}</span>
      <span class={`status ${status}`}>{words}</span>
      {status === 'syncing' && (
        <progress
          class="bar"
          aria-label={`Uploading ${upload.name}`}
          {...(upload.progress ? { value: upload.progress } : {})}
        />
      )}
      {upload.detail && <p class="small trouble">{upload.detail}</p>}
    </li>
  );
}
