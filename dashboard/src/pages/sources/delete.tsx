import type { Source } from '@cevvo/sdk';
import { unitOf } from '../../components/source-status.tsx';
import { Confirm } from '../../components/dialog.tsx';
import { toast } from '../../components/toast.tsx';
import { plural } from '../../lib/format.ts';
import { invalidate } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';

export interface DeleteSourceProps {
  source: Source;
  onClose: () => void;
  onDeleted?: () => void;
}

export default function DeleteSource({ source, onClose, onDeleted }: DeleteSourceProps) {
  const { client } = useSession();
  const remove = async () => {
    await client.sources.delete(source.id);
    invalidate('sources');
    toast(`${source.name} was deleted`);
    onDeleted?.();
  };
  return (
    <Confirm
      title="Delete this source?"
      name={source.name}
      deed="Delete source"
      onConfirm={remove}
      onClose={onClose}
    >
      {source.document_count > 0
        ? `Its ${plural(source.document_count, unitOf(source))} will no longer be found. `
        : 'Nothing of it will be found any more. '}
      Answers already given keep the title and address of what they cite. This cannot be undone.
    </Confirm>
  );
}
