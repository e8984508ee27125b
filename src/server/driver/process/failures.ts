import { DriverError } from '../driver.ts';

/** A failure that would only come again: the operation ends with this as its reason. */
export function lasting(message: string, cause?: unknown): DriverError {
  return new DriverError(message, { retryable: false, cause });
}

/** A failure that may pass: the same job may succeed when it is tried again. */
export function passing(message: string, cause?: unknown): DriverError {
  return new DriverError(message, { retryable: true, cause });
}

/** The process that an operation needs is not there any more. `how` tells how it ended, when that is known. */
export function processGone(how: string | undefined): DriverError {
  return lasting(how === undefined ? gone : `${gone}: ${how}`);
}

/** What is said of a process whose end nobody saw. */
export const gone = 'its process is gone';

/** Whether an error is one that the operating system names by one of these codes, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
