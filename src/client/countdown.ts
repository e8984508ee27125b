import { type Clock, systemClock } from '../utils/clock.ts';
import type { Readable } from './replica/sandbox-client.ts';
import type { TimeoutForecast } from './replica/view.ts';

/**
 * Creates a countdown to a time limit: the whole seconds that are left, rounded up, and 0 from the limit on; null without a
 * forecast, and for a page that a server renders. It notifies its listeners once a second until 0, and uses timers only while it
 * has listeners. `view.timeout` is a new forecast after each change of the limit and each correction of the server's clock:
 * create a new countdown then.
 *
 * @example
 * const countdown = createCountdown(client.getSnapshot().timeout);
 * const stop = countdown.subscribe(() => render(countdown.getSnapshot()));
 */
export function createCountdown(
  forecast: Pick<TimeoutForecast, 'localAt'> | null,
  clock: Clock = systemClock(),
): Readable<number | null> {
  const leftMs = () => (forecast ? Math.max(0, forecast.localAt - clock.now()) : 0);
  return {
    getSnapshot: () => forecast && Math.ceil(leftMs() / 1000),
    getServerSnapshot: () => null,
    subscribe(listener) {
      let cancel = () => {};
      const wait = () => {
        if (leftMs() > 0) cancel = clock.wake(leftMs() % 1000 || 1000, tick);
      };
      const tick = () => {
        wait();
        listener();
      };
      wait();
      return () => cancel();
    },
  };
}
