import { navigate } from '../../lib/router.ts';

const ASK_NOW = 'ask-now';

/** Opens Ask with this question and asks it at once. A mere link to `/ask?q=` only fills it in. */
export function askNow(question: string): void {
  navigate(`/ask?q=${encodeURIComponent(question)}`, { state: ASK_NOW });
}

export function isToBeAskedNow(): boolean {
  return history.state === ASK_NOW;
}
