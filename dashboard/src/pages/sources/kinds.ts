/** The ways to add a source. */
export const KINDS = [
  ['website', 'Website'],
  ['files', 'Files'],
  ['text', 'Text'],
] as const;
export type Kind = (typeof KINDS)[number][0];

export function isKind(value: string | null): value is Kind {
  return KINDS.some(([kind]) => kind === value);
}
