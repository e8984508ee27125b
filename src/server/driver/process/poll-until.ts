import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Polls a condition, at most 50 ms apart, until it holds or the time limit (ms) expires. Returns whether it held.
 * Rejects when the signal aborts.
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
