import type { ClientContext } from './client-context.ts';

/** The subscriptions of a client, which is released some time after the last one has ended. */
export interface Subscriptions {
  /** Adds a subscription with this function, which returns the function that ends it. Returns a function that ends it once. */
  add(subscribe: () => () => void): () => void;
  /** Reports that the client has started, or has work again. */
  started(): void;
  /** Reports that the client was released. */
  stopped(): void;
}

/**
 * Creates the subscriptions of a client. Calls `release` when `times.releaseMs` have passed since the last one ended, or later
 * when nothing keeps the client busy. A client that never had a subscription is not released.
 */
export function createSubscriptions(
  { clock, times }: Pick<ClientContext, 'clock' | 'times'>,
  isBusy: () => boolean,
  release: () => void,
): Subscriptions {
  let count: number | undefined;
  let isStarted = false;
  let cancel = () => {};

  function releaseLater(): void {
    cancel();
    if (isStarted && count === 0)
      cancel = clock.wake(times.releaseMs, () => (isBusy() ? releaseLater() : release()));
  }

  return {
    add(subscribe) {
      let end: (() => void) | undefined = subscribe();
      count = (count ?? 0) + 1;
      return () => {
        if (!end) return;
        end();
        end = undefined;
        count = (count ?? 0) - 1;
        releaseLater();
      };
    },
    started() {
      isStarted = true;
      releaseLater();
    },
    stopped() {
      isStarted = false;
      cancel();
    },
  };
}
