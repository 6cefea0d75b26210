/** Line icons on a 20-unit grid; decoration only, the control names itself. */
const PATHS = {
  close: 'M5 5l10 10M15 5L5 15',
  restart: 'M4 10a6 6 0 1 0 1.8-4.3M4 3.5V7h3.5',
  send: 'M10 16V4M5 9l5-5 5 5',
  stop: 'M6 6h8v8H6z',
  out: 'M8 5H5v10h10v-3M11 4h5v5M16 4l-7 7',
  up: 'M6 9v7H4V9zM6 9l3-6c1.5 0 2 1 2 2v3h4c1 0 1.6 1 1.4 2l-1 4.5c-.2.9-.9 1.5-1.8 1.5H6',
  down: 'M14 11V4h2v7zM14 11l-3 6c-1.5 0-2-1-2-2v-3H5c-1 0-1.6-1-1.4-2l1-4.5C4.8 4.6 5.5 4 6.4 4H14',
  mail: 'M3 5h14v10H3zM3 6l7 5 7-5',
  person: 'M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17c.5-3.5 3-5 6-5s5.5 1.5 6 5',
} as const;

export function Icon({ name, size = 18 }: { name: keyof typeof PATHS; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" class="drawn" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
