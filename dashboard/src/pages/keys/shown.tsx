import type { NewApiKey } from '@cevvo/sdk';
import { Dialog } from '../../components/dialog.tsx';
import { copy } from '../../components/toast.tsx';

/** Nothing is tried twice that may have made a key. */
export const ONCE = { maxRetries: 0 };

/** The only time that a key is shown. */
export function Shown({ made, onClose }: { made: NewApiKey; onClose: () => void }) {
  return (
    <Dialog title={made.name} onClose={onClose}>
      <div class="form">
        <p class="quiet">Copy this key now: it is shown this once and cannot be read again.</p>
        <div class="command">
          <code>{made.key}</code>
          <button
            type="button"
            class="button ghost compact"
            onClick={() => copy(made.key, 'The key')}
          >
            Copy
          </button>
        </div>
        <div class="form-foot">
          <button type="button" class="button primary" onClick={onClose}>
            Done
          </button>
        </div>
      </div>
    </Dialog>
  );
}
