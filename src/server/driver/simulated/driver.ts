import { createCrashReports } from '../crash-reports.ts';
import type { Adopted, Crash, Driver, Exit } from '../driver.ts';
import { transient } from '../failures.ts';
import { createInFlight } from './in-flight.ts';
import { createLooks } from './looks.ts';
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
  const stopWatching = platform.watch(reportEnd);

  function reportEnd(end: Crash | Exit): void {
    reports.publish(end);
    const draw = seededDraws(seed, end.sandboxId, end.incarnation, 'crash');
    if (draw('told twice') < duplicates) reportLater(end, draw('afterwards'));
  }

  function reportLater(end: Crash | Exit, drawn: number): void {
    clock.wake(between(latencyMs, drawn), () => inFlight.isOpen() && reports.publish(end));
  }

  function adoptOne(adopted: Adopted): Promise<void> {
    return inFlight.runToEnd([adopted.sandboxId, 'adopt'], () => platform.adopt(adopted));
  }

  return {
    platform,
    kind: 'simulated',
    snapshotTypes: ['filesystem', 'memory'],
    ...createLooks(settings, inFlight),
    ...createOperations({ settings, inFlight, reports, reportLater }),
    deleteSnapshot: (id) => inFlight.runToEnd([id, 'deleteSnapshot'], () => platform.deleteSnapshot(id)),
    async adopt(sandboxes) {
      // A failed adoption must not keep the others from being tried.
      const settled = await Promise.allSettled(sandboxes.map(adoptOne));
      const failed = settled.find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    },
    watch: (onEnd) => reports.watch(onEnd),
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
