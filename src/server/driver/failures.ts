import { DriverError } from './driver.ts';

/** Creates an error for a failure that a retry cannot fix. The operation ends with this message as its reason. */
export function permanent(message: string, cause?: unknown): DriverError {
  return new DriverError(message, { retryable: false, cause });
}

/** Creates an error for a failure that a retry may fix. */
export function transient(message: string, cause?: unknown): DriverError {
  return new DriverError(message, { retryable: true, cause });
}
