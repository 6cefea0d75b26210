/** Line icons on a 20-unit grid; decoration only, the control names itself. */
const PATHS = {
  plus: 'M10 4v12M4 10h12',
  close: 'M5 5l10 10M15 5L5 15',
  menu: 'M3 6h14M3 10h14M3 14h14',
  send: 'M10 16V4M5 9l5-5 5 5',
  stop: 'M6 6h8v8H6z',
  copy: 'M7 7h9v9H7zM13 7V4H4v9h3',
  out: 'M8 5H5v10h10v-3M11 4h5v5M16 4l-7 7',
  up: 'M6 9v7H4V9zM6 9l3-6c1.5 0 2 1 2 2v3h4c1 0 1.6 1 1.4 2l-1 4.5c-.2.9-.9 1.5-1.8 1.5H6',
  down: 'M14 11V4h2v7zM14 11l-3 6c-1.5 0-2-1-2-2v-3H5c-1 0-1.6-1-1.4-2l1-4.5C4.8 4.6 5.5 4 6.4 4H14',
  sync: 'M16 10a6 6 0 1 1-2-4.5M14.5 2.5v3.5H11',
  trash: 'M4 6h12M8 6V4h4v2M6 6l.6 10h6.8L14 6',
  back: 'M12 5l-5 5 5 5',
  next: 'M8 5l5 5-5 5',
  system: 'M3 4h14v9H3zM7 16h6',
  light:
    'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1',
  dark: 'M16 11.5A6.5 6.5 0 0 1 8.5 4a6.5 6.5 0 1 0 7.5 7.5z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
