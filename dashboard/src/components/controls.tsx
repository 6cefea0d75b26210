import type { PageMeta, Period } from '@cevvo/sdk';
import { focusTitle } from '../lib/focus.ts';
import { count } from '../lib/format.ts';
import { setQuery, usePlace } from '../lib/router.ts';

interface SegmentedProps<T extends string> {
  label: string;
  choices: readonly (readonly [value: T, label: string])[];
  value: T;
  onChange: (value: T) => void;
}

export function Segmented<T extends string>({
  label,
  choices,
  value,
  onChange,
}: SegmentedProps<T>) {
  return (
    <div class="segmented" role="group" aria-label={label}>
      {choices.map(([choice, text]) => (
        <button
          key={choice}
          type="button"
          aria-pressed={choice === value}
          onClick={() => onChange(choice)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

const PERIODS: readonly (readonly [Period, string])[] = [
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['90d', '90 days'],
];

/** The period in the address, 7d if there is none. */
export function usePeriod(): Period {
  const asked = usePlace().query.get('period');
  return PERIODS.find(([period]) => period === asked)?.[0] ?? '7d';
}

export function periodName(period: Period): string {
  return PERIODS.find(([name]) => name === period)?.[1] ?? period;
}

export function PeriodSwitch() {
  return (
    <Segmented
      label="Period"
      choices={PERIODS}
      value={usePeriod()}
      onChange={(period) => setQuery({ period: period === '7d' ? null : period })}
    />
  );
}

/** The page number in the address. */
export function usePageNumber(): number {
  const asked = Number(usePlace().query.get('page'));
  return Number.isInteger(asked) && asked > 0 ? asked : 1;
}

export function Pager({ meta, noun }: { meta: PageMeta; noun: string }) {
  const last = Math.max(1, Math.ceil(meta.total / meta.per_page));
  if (last === 1 && meta.page === 1) return null;
  const first = Math.min((meta.page - 1) * meta.per_page + 1, meta.total);
  const until = Math.min(meta.page * meta.per_page, meta.total);
  const turn = (page: number) => {
    setQuery({ page: page === 1 ? null : String(page) });
    scrollTo(0, 0);
    focusTitle(); // who turned the page begins at its top
  };
  return (
    <nav class="pager" aria-label={`Pages of ${noun}`}>
      <span class="number">
        {count(first)}–{count(until)} of {count(meta.total)} {noun}
      </span>
      <span class="actions">
        <button
          type="button"
          class="button compact"
          disabled={meta.page <= 1}
          onClick={() => turn(Math.min(meta.page - 1, last))}
        >
          Previous
        </button>
        <button
          type="button"
          class="button compact"
          disabled={meta.page >= last}
          onClick={() => turn(meta.page + 1)}
        >
          Next
        </button>
      </span>
    </nav>
  );
}
