import type { NewWebhook, WebhookEventType } from '@cevvo/sdk';
import { useState } from 'preact/hooks';
import { Dialog } from '../../components/dialog.tsx';
import { change } from '../../lib/account.ts';
import { invalidate } from '../../lib/query.ts';
import { navigate } from '../../lib/router.ts';
import { useSession } from '../../lib/session.ts';
import { Field, FormProblem, useSubmission } from '../outside/frame.tsx';
import { Secret } from './secret.tsx';

const EVENTS: readonly (readonly [WebhookEventType, string])[] = [
  ['source.failed', 'a source cannot be read'],
  ['conversation.escalated', 'a person is asked for'],
  ['feedback.negative', 'an answer did not help'],
  ['answer.invalidated', 'what answers rested on changed'],
  ['gap.opened', 'a question is not answered'],
  ['gap.closed', 'such a question is answered now'],
];

export function Create({ onClose }: { onClose: () => void }) {
  const { client } = useSession();
  const [url, setUrl] = useState('');
  const [events, setEvents] = useState<WebhookEventType[]>(EVENTS.map(([type]) => type));
  const [text, setText] = useState(false);
  const [made, setMade] = useState<NewWebhook | null>(null);
  const { busy, problem, submit } = useSubmission(async () => {
    const body = { url, events, include_text: text };
    setMade(await change<NewWebhook>(client, 'POST', '/webhooks', body));
    invalidate('webhooks');
  }, null);
  const toggle = (type: WebhookEventType) =>
    setEvents(
      events.includes(type) ? events.filter((each) => each !== type) : [...events, type],
    );
  if (made) return <Secret made={made} onClose={() => navigate(`/webhooks/${made.id}`)} />;
  return (
    <Dialog title="Make a webhook" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <Field
          label="Address"
          value={url}
          onInput={setUrl}
          autocomplete="off"
          hint="https://…, on the internet; redirects are not followed."
          focus
        />
        <fieldset class="choices">
          <legend>What it is told of</legend>
          {EVENTS.map(([type, words]) => (
            <label key={type}>
              <input
                type="checkbox"
                checked={events.includes(type)}
                onChange={() => toggle(type)}
              />
              <span>
                <code>{type}</code> <span class="small quiet">{words}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <fieldset class="choices">
          <legend>What is sent</legend>
          <label>
            <input type="checkbox" checked={text} onChange={() => setText(!text)} />
            <span>
              What people wrote, too{' '}
              <span class="small quiet">without it only ids and counts leave this server</span>
            </span>
          </label>
        </fieldset>
        <FormProblem>{problem}</FormProblem>
        <div class="form-foot">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={busy || !events.length}>
            {busy ? 'Making…' : 'Make webhook'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
