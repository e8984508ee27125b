/** How many streams all windows of a browser keep. It has six connections to a server that speaks HTTP/1.1; commands need some. */
const slots = 4;

/**
 * Takes one of the streams that all windows of this browser share, until the signal aborts. Answers false when there is none
 * left. Where pages have no locks, as on a page that came by plain HTTP from elsewhere, there is always one.
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
