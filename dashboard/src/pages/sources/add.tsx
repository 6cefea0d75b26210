import { useState } from 'preact/hooks';
import { Segmented } from '../../components/controls.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { setQuery } from '../../lib/router.ts';
import { useSession } from '../../lib/session.ts';
import { AddWebsite } from './add-website.tsx';
import { ChooseFiles } from './drop.tsx';
import { type Kind, KINDS } from './kinds.ts';
import { close, Foot, useSubmission } from './submission.tsx';

export interface AddSourceProps {
  kind: Kind;
  title: string | null;
}

export default function AddSource({ kind, title }: AddSourceProps) {
  return (
    <Dialog title="Add a source" onClose={close}>
      <div class="form">
        <Segmented
          label="Kind of source"
          choices={KINDS}
          value={kind}
          onChange={(add) => setQuery({ add })}
        />
        {kind === 'website' && <AddWebsite />}
        {kind === 'files' && <ChooseFiles onChosen={close} />}
        {kind === 'text' && <AddText title={title} />}
      </div>
    </Dialog>
  );
}

const DRAFT = 'cevvo.text-draft';

function AddText({ title }: { title: string | null }) {
  const { client } = useSession();
  const [name, setName] = useState(title ?? '');
  const [content, setContent] = useState(() => sessionStorage.getItem(DRAFT) ?? '');
  const { busy, problem, submit } = useSubmission(async () => {
    const source = await client.sources.create({ name: name.trim(), type: 'text', content });
    sessionStorage.removeItem(DRAFT);
    return `${source.name} was added`;
  });
  return (
    <form class="form" onSubmit={submit}>
      <label class="field">
        <span>Title</span>
        <input
          class="input"
          required
          autofocus={!title}
          maxLength={200}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label class="field">
        <span>Text</span>
        <textarea
          class="input"
          rows={10}
          required
          autofocus={!!title}
          placeholder="Plain text or Markdown. Answers quote it word for word."
          dir="auto"
          value={content}
          onInput={(event) => {
            setContent(event.currentTarget.value);
            sessionStorage.setItem(DRAFT, event.currentTarget.value);
          }}
        />
      </label>
      <Foot
        problem={problem}
        busy={busy}
        ready={name.trim() !== '' && content.trim() !== ''}
        label="Add text"
      />
    </form>
  );
}
