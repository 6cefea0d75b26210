/** Whether an address may become a link: http, https or mailto, nothing relative. */
export function isSafe(href: string): boolean {
  return /^(https?:\/\/|mailto:)/i.test(href);
}
