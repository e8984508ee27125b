/**
 * The number of streams that all windows of a browser share. Over HTTP/1.1 a browser opens at most six connections to a
 * server, and commands need some of them.
 */
const slots = 4;

/**
 * Takes one of the streams that all windows of this browser share, until the signal aborts. Resolves with false when all are
 * taken. Always resolves with true on a page without locks, such as a page over plain HTTP from another machine.
 */
export async function takeStreamSlot(released: AbortSignal): Promise<boolean> {
  if (!('locks' in navigator)) return true;
  for (let slot = 0; slot < slots; slot++) {
    const isTaken = await new Promise<boolean>((resolve) => {
      const name = `sandbox-lifecycle:stream:${slot}`;
      void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock && !released.aborted
          ? new Promise<void>((end) => released.addEventListener('abort', () => end(), { once: true }))
          : undefined;
      });
    });
    if (isTaken) return true;
  }
  return false;
}
