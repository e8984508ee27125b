import { DriverError } from './driver.ts';

/** Creates an error for a failure that a retry cannot fix. The operation ends with this message as its reason. */
export function permanent(message: string, cause?: unknown): DriverError {
  return new DriverError(message, { retryable: false, cause });
}

/** Creates the error for an operation that is older than one that the platform has carried out since. */
export function stale(operation: number, newestOperation: number): DriverError {
  const message = `Operation ${operation} is stale: operation ${newestOperation} has been carried out since.`;
  return new DriverError(message, { retryable: false, isStale: true });
}

/** Creates an error for a failure that a retry may fix. */
export function transient(message: string, cause?: unknown): DriverError {
  return new DriverError(message, { retryable: true, cause });
}
