import { createCrashReports } from '../crash-reports.ts';
import type { Adopted, BootJob, Captured, Crash, Driver, Job, ReleaseJob, SnapshotJob } from '../driver.ts';
import { transient } from '../failures.ts';
import { createTries } from './in-flight.ts';
import { type SimulatedDriverOptions, settingsOf } from './options.ts';
import type { SimulatedJob, SimulatedPlatform } from './platform.ts';
import { progressOf } from './progress.ts';
import { scheduleCrash } from './schedule-crash.ts';
import { between, seededDraws } from './seeded-draws.ts';

/** A driver of a platform that is only simulated. */
export interface SimulatedDriver extends Driver {
  /** What there is, and all that was done. It outlives the driver. */
  readonly platform: SimulatedPlatform;
  /**
   * As if the server had been killed: nobody is told anything any more, nothing settles, no abort is heard, and what the
   * platform was about to do it does all the same.
   */
  abandon(): void;
}

/**
 * A platform in memory, for demonstrations, tests and simulations. By default it does everything at once and without a
 * fault; each option is something that real platforms do. The same seed, calls and clock give the same course of events:
 * what is drawn depends on the sandbox, the operation and the try alone. Throws a `SchemaError` for bad options.
 *
 * @example
 * const driver = simulatedDriver({ seed: 7, latencyMs: [20, 400], retryable: 0.1, crashes: 0.05 });
 * const host = await createHost({ store: memoryStore(), driver });
 */
export function simulatedDriver(options: SimulatedDriverOptions = {}): SimulatedDriver {
  const settings = settingsOf(options);
  const { platform, clock, seed, latencyMs } = settings;
  const reports = createCrashReports();
  const tries = createTries(settings);
  const stopWatching = platform.watch(tellCrash);

  function tellCrash(crash: Crash): void {
    reports.publish(crash);
    const draw = seededDraws(seed, crash.sandboxId, crash.incarnation, 'crash');
    if (draw('told twice') < settings.duplicates) tellLater(crash, draw('afterwards'));
  }

  function tellLater(crash: Crash, drawn: number): void {
    clock.wake(between(latencyMs, drawn), () => tries.isOpen() && reports.publish(crash));
  }

  function boot({ sandboxId, operation, signal, snapshotId, progress }: BootJob): Promise<void> {
    return tries.run([sandboxId, operation, 'boot'], signal, (draw) => {
      const words = progressOf(settings, draw, (reason) => tries.isOpen() && progress(reason));
      return {
        begin: words.begin,
        halfway: words.halfway,
        work(late) {
          bringUp({ kind: 'boot', sandboxId, operation, snapshotId, unordered: late });
          words.end();
        },
      };
    });
  }

  function resume({ sandboxId, operation, signal }: Job): Promise<void> {
    return tries.run([sandboxId, operation, 'resume'], signal, (draw) => ({
      work(late) {
        const before = platform.get(sandboxId)?.incarnation;
        bringUp({ kind: 'resume', sandboxId, operation, unordered: late });
        if (before === undefined || before === operation || draw('reordered') >= settings.reordered) return;
        const reason = 'what ran before the suspend is gone (simulated)';
        tellLater({ sandboxId, incarnation: before, reason }, draw('afterwards'));
      },
    }));
  }

  function bringUp(job: SimulatedJob): void {
    platform.carryOut(job);
    scheduleCrash(settings, job.sandboxId, job.operation);
  }

  function suspend({ sandboxId, operation, signal }: Job): Promise<void> {
    return tries.run([sandboxId, operation, 'suspend'], signal, () => ({
      work: (late) => void platform.carryOut({ kind: 'suspend', sandboxId, operation, unordered: late }),
    }));
  }

  function snapshot({ sandboxId, operation, signal, snapshotId }: SnapshotJob): Promise<Captured> {
    return tries.run([sandboxId, operation, 'snapshot'], signal, () => ({
      work: (late) =>
        platform.carryOut({ kind: 'snapshot', sandboxId, operation, snapshotId, unordered: late }) ?? {},
    }));
  }

  function release({ sandboxId, operation, signal }: ReleaseJob): Promise<void> {
    return tries.run([sandboxId, operation, 'release'], signal, () => ({
      spared: ['failures'],
      work: () => {
        platform.carryOut({ kind: 'release', sandboxId, operation });
        reports.forget(sandboxId);
      },
    }));
  }

  function adoptOne(adopted: Adopted): Promise<void> {
    const { sandboxId, incarnation } = adopted;
    return tries.runUncalled([sandboxId, 'adopt'], () => {
      if (platform.adopt(adopted) || incarnation === null) return;
      tellCrash({ sandboxId, incarnation, reason: 'its machine is gone (simulated)' });
    });
  }

  return {
    platform,
    boot,
    snapshot,
    suspend,
    resume,
    release,
    deleteSnapshot: (id) => tries.runUncalled([id, 'deleteSnapshot'], () => platform.deleteSnapshot(id)),
    inventory() {
      // As it is now, told when the answer has arrived: by then it may be otherwise.
      const found = platform.sandboxes().map(({ sandboxId, state }) => ({ sandboxId, state }));
      return tries.runUncalled(['inventory'], () => found);
    },
    async adopt(sandboxes) {
      // One that cannot be had must not keep the others from being tried.
      const settled = await Promise.allSettled(sandboxes.map(adoptOne));
      const failed = settled.find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    },
    watch: (onCrash) => reports.watch(onCrash),
    async close() {
      await tries.close(transient('The driver is closed.'));
      stopWatching();
      reports.close();
    },
    abandon() {
      tries.abandon();
      stopWatching();
      reports.close();
    },
  };
}
