import type { ClientContext } from './client-context.ts';
import { loading } from './predict.ts';

/** The promise `ready` of a client. */
export interface Readiness {
  /** Returns the promise. The first call starts the client and the time limit, unless the promise has settled. */
  promise(): Promise<void>;
  /** Resolves the promise, or rejects it with this problem. */
  settle(problem?: string): void;
  /** Whether a caller waits for the promise. */
  isAwaited(): boolean;
}

/** Creates the readiness of a client. Rejects with the client's problem when `times.deadlineMs` are over. */
export function createReadiness(
  { clock, times }: Pick<ClientContext, 'clock' | 'times'>,
  start: () => void,
  problem: () => string | null,
): Readiness {
  let cancel: (() => void) | undefined;
  let isSettled = false;
  let settle!: Readiness['settle'];
  const promise = new Promise<void>((resolve, reject) => {
    settle = (message) => {
      isSettled = true;
      cancel?.();
      if (message) reject(new Error(message));
      else resolve();
    };
  });
  // A rejection that no caller handles must not end the process.
  promise.catch(() => {});
  return {
    promise() {
      if (!cancel && !isSettled) {
        cancel = clock.wake(times.deadlineMs, () => settle(problem() ?? loading.message));
        start();
      }
      return promise;
    },
    settle,
    isAwaited: () => !!cancel && !isSettled,
  };
}
