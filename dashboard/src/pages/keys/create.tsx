import type { ApiKeyKind, NewApiKey, Scope } from '@cevvo/sdk';
import { useState } from 'preact/hooks';
import { Segmented } from '../../components/controls.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { SCOPES } from '../../lib/keys.ts';
import { invalidate } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import { Field, FormProblem, useSubmission } from '../outside/frame.tsx';
import { ONCE, Shown } from './shown.tsx';

const KINDS = [
  ['secret', 'For a server'],
  ['publishable', 'For web pages'],
] as const;
const LIVES = [
  ['', 'never'],
  ['30', 'in 30 days'],
  ['90', 'in 90 days'],
  ['365', 'in a year'],
] as const;

const DAY = 86_400_000;

export function Create({ onClose }: { onClose: () => void }) {
  const { client } = useSession();
  const [name, setName] = useState('');
  const [kind, setKind] = useState<ApiKeyKind>('secret');
  const [scopes, setScopes] = useState<Scope[]>(['chat', 'read']);
  const [origins, setOrigins] = useState('');
  const [days, setDays] = useState('');
  const [limit, setLimit] = useState('');
  const [perDay, setPerDay] = useState('');
  const [made, setMade] = useState<NewApiKey | null>(null);
  const { busy, problem, submit } = useSubmission(async () => {
    const expires_at = days ? new Date(Date.now() + Number(days) * DAY).toISOString() : null;
    const rate_limit = limit ? Number(limit) : null;
    const a_day = perDay ? Number(perDay) : null;
    const allowed_origins = origins.split(/[\s,]+/).filter(Boolean);
    const own =
      kind === 'secret'
        ? { scopes, tokens_per_day: a_day }
        : { allowed_origins, messages_per_day: a_day };
    const key = { name, kind, expires_at, rate_limit, ...own };
    setMade(await client.apiKeys.create(key, ONCE));
    invalidate('api-keys');
  }, null);
  if (made) return <Shown made={made} onClose={onClose} />;
  return (
    <Dialog title="Make an API key" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <Field label="Name" value={name} onInput={setName} autocomplete="off" focus />
        <Segmented label="Kind" choices={KINDS} value={kind} onChange={setKind} />
        {kind === 'secret' ? (
          <Scopes chosen={scopes} onChange={setScopes} />
        ) : (
          <label class="field">
            <span>Websites that may use it, one a line</span>
            <textarea
              class="input"
              rows={2}
              required
              placeholder="https://www.example.com"
              value={origins}
              onInput={(event) => setOrigins(event.currentTarget.value)}
            />
          </label>
        )}
        <label class="field">
          <span>Expires</span>
          <select
            class="input"
            value={days}
            onChange={(event) => setDays(event.currentTarget.value)}
          >
            {LIVES.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <Limit label="Requests a minute" usual="100" value={limit} onInput={setLimit} />
        {kind === 'secret' ? (
          <Limit
            key="tokens"
            label="Tokens of language models a day"
            usual="no bound"
            value={perDay}
            onInput={setPerDay}
          />
        ) : (
          <Limit
            key="messages"
            label="Messages a day, all visitors together"
            usual="2000"
            value={perDay}
            onInput={setPerDay}
          />
        )}
        <FormProblem>{problem}</FormProblem>
        <div class="form-foot">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={busy}>
            {busy ? 'Making…' : 'Make key'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface LimitProps {
  label: string;
  /** What holds where nothing is given. */
  usual: string;
  value: string;
  onInput: (value: string) => void;
}

function Limit({ label, usual, value, onInput }: LimitProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        class="input"
        type="number"
        min={1}
        placeholder={usual}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

interface ScopesProps {
  chosen: Scope[];
  onChange: (scopes: Scope[]) => void;
}

function Scopes({ chosen, onChange }: ScopesProps) {
  const toggle = (scope: Scope) =>
    onChange(
      chosen.includes(scope) ? chosen.filter((each) => each !== scope) : [...chosen, scope],
    );
  return (
    <fieldset class="scopes">
      <legend>What it may do</legend>
      {SCOPES.map(([scope, words]) => (
        <label key={scope}>
          <input
            type="checkbox"
            checked={chosen.includes(scope)}
            onChange={() => toggle(scope)}
          />
          <span>
            <code>{scope}</code> <span class="small quiet">{words}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
