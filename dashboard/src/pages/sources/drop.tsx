import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { useQuery } from '../../lib/query.ts';
import { useMay, useSession } from '../../lib/session.ts';
import { upload } from './upload-queue.ts';

const ACCEPT = '.pdf,.docx,.txt,.md,.markdown,.html,.htm';

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

interface DropFilesProps {
  /** Where dropped files go; without it, to "Uploads". */
  sourceId?: string;
  children: ComponentChildren;
}

/** Lets files be dropped anywhere on what is inside. */
export function DropFiles({ sourceId, children }: DropFilesProps) {
  const { client } = useSession();
  const mayAdd = useMay('ingest');
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const enter = (step: number) => (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth.current += step;
    setOver(depth.current > 0);
  };
  if (!mayAdd) return <div class="drop">{children}</div>;
  return (
    <div
      class={over ? 'drop over' : 'drop'}
      onDragEnter={enter(1)}
      onDragLeave={enter(-1)}
      onDragOver={(event) => hasFiles(event) && event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        depth.current = 0;
        setOver(false);
        upload(client, event.dataTransfer?.files ?? [], sourceId);
      }}
    >
      {children}
      {over && <div class="drop-hint">Drop to add the files</div>}
    </div>
  );
}

/** Choosing files by button or by drop, and the source that they go to. */
export function ChooseFiles({ onChosen }: { onChosen: () => void }) {
  const { client } = useSession();
  const [sourceId, setSourceId] = useState('');
  const sources = useQuery('sources?files', (signal) =>
    client.sources.list({ type: 'file', per_page: 100 }, { signal }),
  );
  const take = (files: Iterable<File> | null | undefined) => {
    upload(client, files ?? [], sourceId || undefined);
    onChosen();
  };
  return (
    <>
      <label
        class="drop-zone"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          event.stopPropagation();
          take(event.dataTransfer?.files);
        }}
      >
        <input
          class="visually-hidden"
          type="file"
          multiple
          accept={ACCEPT}
          autofocus
          onChange={(event) => take(event.currentTarget.files)}
        />
        <span class="button primary">Choose files</span>
        <span class="quiet">or drop them here. PDF, DOCX, TXT or Markdown, up to 50 MB each.</span>
      </label>
      {!!sources.data?.data.length && (
        <label class="field">
          <span>Into</span>
          <select
            class="input"
            value={sourceId}
            onChange={(event) => setSourceId(event.currentTarget.value)}
          >
            <option value="">Uploads</option>
            {sources.data.data
              .filter(({ name }) => name !== 'Uploads')
              .map((source) => (
                <option key={source.id} value={source.id}>
                  {source.name}
                </option>
              ))}
          </select>
        </label>
      )}
    </>
  );
}
