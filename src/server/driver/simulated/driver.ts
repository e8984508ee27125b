import { createCrashReports } from '../crash-reports.ts';
import type { Adopted, Crash, Driver } from '../driver.ts';
import { transient } from '../failures.ts';
import { createInFlight } from './in-flight.ts';
import { createOperations } from './operations.ts';
import { type SimulatedDriverOptions, settingsOf } from './options.ts';
import type { SimulatedPlatform } from './platform.ts';
import { between, seededDraws } from './seeded-draws.ts';

/** A driver of a platform that is only simulated. */
export interface SimulatedDriver extends Driver {
  /** What there is, and all that was done. It outlives the driver. */
  readonly platform: SimulatedPlatform;
  /**
   * Behaves as if the server had been killed: reports end, nothing settles, aborts have no effect, and what the platform was
   * about to do it does all the same.
   */
  abandon(): void;
}

/**
 * A platform in memory, for demonstrations, tests and simulations. By default it does everything at once and without a
 * fault; each option is something that real platforms do. The same seed, calls and clock give the same course of events:
 * what is drawn depends on the sandbox, the operation and the attempt alone. Throws a `SchemaError` for bad options.
 *
 * @example
 * const driver = simulatedDriver({ seed: 7, latencyMs: [20, 400], retryable: 0.1, crashes: 0.05 });
 * const host = await createHost({ store: memoryStore(), driver });
 */
export function simulatedDriver(options: SimulatedDriverOptions = {}): SimulatedDriver {
  const settings = settingsOf(options);
  const { platform, clock, seed, latencyMs, duplicates } = settings;
  const reports = createCrashReports();
  const inFlight = createInFlight(settings);
  const stopWatching = platform.watch(reportCrash);

  function reportCrash(crash: Crash): void {
    reports.publish(crash);
    const draw = seededDraws(seed, crash.sandboxId, crash.incarnation, 'crash');
    if (draw('told twice') < duplicates) reportLater(crash, draw('afterwards'));
  }

  function reportLater(crash: Crash, drawn: number): void {
    clock.wake(between(latencyMs, drawn), () => inFlight.isOpen() && reports.publish(crash));
  }

  function adoptOne(adopted: Adopted): Promise<void> {
    const { sandboxId, incarnation } = adopted;
    return inFlight.runUncalled([sandboxId, 'adopt'], () => {
      if (platform.adopt(adopted) || incarnation === null) return;
      reportCrash({ sandboxId, incarnation, reason: 'its machine is gone (simulated)' });
    });
  }

  return {
    platform,
    ...createOperations({ settings, inFlight, reports, reportLater }),
    deleteSnapshot: (id) => inFlight.runUncalled([id, 'deleteSnapshot'], () => platform.deleteSnapshot(id)),
    inventory() {
      // As it is now: when the answer arrives, it may be otherwise.
      const found = platform.sandboxes().map(({ sandboxId, state }) => ({ sandboxId, state }));
      return inFlight.runUncalled(['inventory'], () => found);
    },
    async adopt(sandboxes) {
      // One that cannot be had must not keep the others from being tried.
      const settled = await Promise.allSettled(sandboxes.map(adoptOne));
      const failed = settled.find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    },
    watch: (onCrash) => reports.watch(onCrash),
    async close() {
      await inFlight.close(transient('The driver is closed.'));
      stopWatching();
      reports.close();
    },
    abandon() {
      inFlight.abandon();
      stopWatching();
      reports.close();
    },
  };
}
