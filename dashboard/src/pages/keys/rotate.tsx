import type { ApiKey, NewApiKey } from '@cevvo/sdk';
import { useState } from 'preact/hooks';
import { Confirm } from '../../components/dialog.tsx';
import { invalidate } from '../../lib/query.ts';
import { useSession } from '../../lib/session.ts';
import { ONCE } from './shown.tsx';

const OVERLAPS = [
  ['0', 'Not at all'],
  ['1', 'An hour'],
  ['24', 'A day'],
  ['168', 'A week'],
  ['720', 'Thirty days'],
] as const;

interface RotateProps {
  apiKey: ApiKey;
  onMade: (made: NewApiKey) => void;
  onClose: () => void;
}

/** Puts a new key in the place of one that goes on for as long as is chosen. */
export function Rotate({ apiKey, onMade, onClose }: RotateProps) {
  const { client } = useSession();
  const [hours, setHours] = useState('24');
  const rotate = async () => {
    const made = await client.apiKeys.rotate(apiKey.id, { overlap_hours: Number(hours) }, ONCE);
    invalidate('api-keys');
    onMade(made);
  };
  return (
    <Confirm
      title={`Rotate ${apiKey.name}?`}
      deed="Make its successor"
      doing="Making…"
      onConfirm={rotate}
      onClose={onClose}
    >
      <p>You get a new key that may do the same. Change over while both work.</p>
      <label class="field">
        <span>How long this one goes on working</span>
        <select
          class="input"
          value={hours}
          onChange={(event) => setHours(event.currentTarget.value)}
        >
          {OVERLAPS.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </Confirm>
  );
}
