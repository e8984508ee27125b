/** `setImmediate` of Node and some other runtimes. Read once, so that fake timers do not stop a running server. */
const immediate = (globalThis as { readonly setImmediate?: (callback: () => void) => unknown }).setImmediate;

/** Lets timers and I/O run. Resolves in a later turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (immediate) immediate(resolve);
    else setTimeout(resolve, 0);
  });
}
