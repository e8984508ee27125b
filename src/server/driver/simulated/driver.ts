import { createCrashReports } from '../crash-reports.ts';
import type { Adopted, Crash, Driver } from '../driver.ts';
import { transient } from '../failures.ts';
import { createInFlight } from './in-flight.ts';
import { createOperations } from './operations.ts';
import { type SimulatedDriverOptions, settingsOf } from './options.ts';
import type { SimulatedPlatform } from './platform.ts';
import { between, seededDraws } from './seeded-draws.ts';

/** A driver of a simulated platform. */
export interface SimulatedDriver extends Driver {
  /** The platform, which outlives the driver. */
  readonly platform: SimulatedPlatform;
  /**
   * Behaves as if the server had been killed: reports stop, calls never settle, aborts have no effect, and the platform
   * still completes the work in flight.
   */
  abandon(): void;
}

/**
 * Creates a driver with a platform in memory, for demonstrations, tests and simulations. By default every call
 * succeeds at once; each option adds a behavior of real platforms. The same seed, calls and clock give the same course
 * of events, because each draw depends on the sandbox, the operation and the attempt alone. Throws a `SchemaError` for
 * bad options.
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
    return inFlight.runToEnd([sandboxId, 'adopt'], () => {
      if (platform.adopt(adopted) || incarnation === null) return;
      reportCrash({ sandboxId, incarnation, reason: 'its machine is missing (simulated)' });
    });
  }

  return {
    platform,
    ...createOperations({ settings, inFlight, reports, reportLater }),
    deleteSnapshot: (id) => inFlight.runToEnd([id, 'deleteSnapshot'], () => platform.deleteSnapshot(id)),
    inventory() {
      // The state at the call, which may have changed when the response arrives.
      const found = platform.sandboxes().map(({ sandboxId, state }) => ({ sandboxId, state }));
      return inFlight.runToEnd(['inventory'], () => found);
    },
    async adopt(sandboxes) {
      // A failed adoption must not keep the others from being tried.
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
