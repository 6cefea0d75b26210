import { setQuery, usePlace } from '../lib/router.ts';

const STEPS = [10, 25, 50];

/** How many are shown, from the address: 10, 25 or 50. */
export function useLimit(): number {
  const asked = Number(usePlace().query.get('limit'));
  return STEPS.includes(asked) ? asked : 10;
}

/** Offers the next step, unless there was nothing more to show. */
export function ShowMore({ shown, limit }: { shown: number; limit: number }) {
  const next = STEPS.find((step) => step > limit);
  if (!next || shown < limit) return null;
  return (
    <p class="show-more">
      <button type="button" class="button" onClick={() => setQuery({ limit: String(next) })}>
        Show up to {next}
      </button>
    </p>
  );
}
