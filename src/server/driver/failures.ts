import { DriverError } from './driver.ts';

/** A failure that would only come again: the operation ends with this as its reason. */
export function permanent(message: string, cause?: unknown): DriverError {
  return new DriverError(message, { retryable: false, cause });
}

/** A failure that may pass: the same job may succeed when it is tried again. */
export function transient(message: string, cause?: unknown): DriverError {
  return new DriverError(message, { retryable: true, cause });
}
