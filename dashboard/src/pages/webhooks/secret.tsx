import type { NewWebhook } from '@cevvo/sdk';
import { Dialog } from '../../components/dialog.tsx';
import { copy } from '../../components/toast.tsx';

/** The only time that a secret is shown. */
export function Secret({ made, onClose }: { made: NewWebhook; onClose: () => void }) {
  return (
    <Dialog title="The webhook's secret" onClose={onClose}>
      <div class="form">
        <p class="quiet">
          Copy it now: it is shown this once and cannot be read again. Your program checks with
          it that a message is from here.
        </p>
        <div class="command">
          <code>{made.secret}</code>
          <button
            type="button"
            class="button ghost compact"
            onClick={() => copy(made.secret, 'The secret')}
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
