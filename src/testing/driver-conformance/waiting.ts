import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { DriverError } from '../../server/driver/driver.ts';

/** Waits for something that must settle by then. */
export async function within<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new assert.AssertionError({
      message: `${what} must settle, but has not within ${limitMs} ms.`,
    });
    timer = setTimeout(() => reject(error), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again until it is so, or until the limit is up. */
export async function eventually(limitMs: number, what: string, isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + limitMs; !isSo(); await sleep(5)) {
    assert.ok(Date.now() < end, `${what}, but that has not happened within ${limitMs} ms.`);
  }
}

/** Whether the operation is to end with this error. Any other error is tried again. */
export function isFinal(error: unknown): boolean {
  return error instanceof DriverError && !error.retryable;
}

/** Calls until it succeeds, fails for good, or the limit is up: as a host does. */
export async function insist<T>(limitMs: number, what: string, call: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + limitMs; ; await sleep(5)) {
    try {
      return await within(limitMs, what, call());
    } catch (error) {
      if (error instanceof assert.AssertionError || isFinal(error) || Date.now() >= end) throw error;
    }
  }
}

/** Calls, and makes of any error the one that a check fails with. */
export async function mustSucceed<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return assert.fail(`${what} must succeed here, but failed: ${error}`);
  }
}
