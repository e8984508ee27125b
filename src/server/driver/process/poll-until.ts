import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again, up to 50 ms apart, until the answer is yes or the limit (in ms) is up. Answers whether it was
 * yes. Rejects when the signal aborts.
 */
export async function pollUntil(
  done: () => Promise<boolean>,
  limitMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const end = performance.now() + limitMs;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    signal?.throwIfAborted();
    if (await done()) return true;
    if (performance.now() >= end) return false;
    await sleep(pauseMs, undefined, signal ? { signal } : {});
  }
}
