/** A signal that aborts with the first of two, for the reason of that one. */
export function either(one: AbortSignal, other: AbortSignal): AbortSignal {
  if ('any' in AbortSignal) return AbortSignal.any([one, other]);
  // Browsers before 2024, which the widget is for, too.
  const controller = new AbortController();
  for (const signal of [one, other]) {
    const follow = () => controller.abort(signal.reason);
    if (signal.aborted) follow();
    else signal.addEventListener('abort', follow, { once: true });
  }
  return controller.signal;
}
