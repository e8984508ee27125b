import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { DriverError } from '../../server/driver/driver.ts';

/** Waits for a promise that must settle within the time limit. */
export async function within<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new assert.AssertionError({
      message: `${what} must settle, but it did not within ${limitMs} ms.`,
    });
    timer = setTimeout(() => reject(error), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Polls a condition until it holds. Fails after the time limit. */
export async function eventually(limitMs: number, what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + limitMs; !holds(); await sleep(5)) {
    assert.ok(Date.now() < end, `${what}, but that did not happen within ${limitMs} ms.`);
  }
}

/** Whether an operation ends with this error. After any other error, the host retries. */
export function isPermanent(error: unknown): error is DriverError {
  return error instanceof DriverError && !error.retryable;
}

/** Retries a call, as a host does, until it succeeds, fails permanently or the time limit expires. */
export async function retry<T>(limitMs: number, what: string, call: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + limitMs; ; await sleep(5)) {
    try {
      return await within(limitMs, what, call());
    } catch (error) {
      if (error instanceof assert.AssertionError || isPermanent(error) || Date.now() >= end) throw error;
    }
  }
}

/** Makes a call, and turns any error into an `AssertionError`. */
export async function mustSucceed<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return assert.fail(`${what} must succeed here, but it failed: ${error}`);
  }
}
