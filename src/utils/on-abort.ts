/** The callbacks of each signal that has a listener. */
const callbacksOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when a signal aborts; not for one that has aborted already. Returns a function that removes the callback.
 * All callbacks of a signal share one listener, because Node warns of a leak when a signal has more than ten.
 *
 * @example
 * const off = onAbort(signal, () => socket.end());
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  // Two callers may pass the same function.
  const own = () => callback();
  const known = callbacksOf.get(signal);
  if (known) known.add(own);
  else listen(signal, own);
  return () => {
    callbacksOf.get(signal)?.delete(own);
  };
}

function listen(signal: AbortSignal, first: () => void): void {
  const callbacks = new Set([first]);
  callbacksOf.set(signal, callbacks);
  signal.addEventListener(
    'abort',
    () => {
      for (const callback of callbacks) callback();
    },
    { once: true },
  );
}
