import type { CrashReports } from '../crash-reports.ts';
import type { Captured, Crash, Driver, Exit } from '../driver.ts';
import type { InFlight } from './in-flight.ts';
import type { Settings } from './options.ts';
import type { SimulatedJob } from './platform.ts';
import { progressOf } from './progress.ts';
import { scheduleEnd } from './schedule-end.ts';

/** The state that the operations of one simulated driver share. */
interface OperationContext {
  readonly settings: Settings;
  readonly inFlight: InFlight;
  readonly reports: CrashReports;
  /** Reports an end after a delay. `drawn`, from 0 to 1, selects the delay. */
  readonly reportLater: (end: Crash | Exit, drawn: number) => void;
}

type Operations = Pick<Driver, 'boot' | 'snapshot' | 'suspend' | 'resume' | 'release'> &
  Required<Pick<Driver, 'configure'>>;

/** Creates the operations of a simulated driver. Each call is one attempt, with the fault that was drawn for it. */
export function createOperations({ settings, inFlight, reports, reportLater }: OperationContext): Operations {
  const { platform, clock } = settings;

  function bringUp(job: SimulatedJob): void {
    platform.carryOut(job);
    scheduleEnd(settings, job.sandboxId, job.operation);
  }

  return {
    boot({ sandboxId, operation, generation, signal, snapshotId, owner, progress }) {
      return inFlight.run([sandboxId, operation, 'boot'], signal, (draw) => {
        const { begin, halfway, end } = progressOf(
          settings,
          draw,
          (reason) => inFlight.isOpen() && progress(reason),
        );
        return {
          begin,
          halfway,
          work(late) {
            const from = { snapshotId, owner, at: clock.now(), unordered: late };
            bringUp({ kind: 'boot', sandboxId, operation, generation, ...from });
            end();
          },
        };
      });
    },

    resume({ sandboxId, operation, generation, signal }) {
      return inFlight.run([sandboxId, operation, 'resume'], signal, (draw) => ({
        work(late) {
          const before = platform.get(sandboxId)?.incarnation;
          bringUp({ kind: 'resume', sandboxId, operation, generation, unordered: late });
          if (before === undefined || before === operation || draw('reordered') >= settings.reordered) return;
          const reason = 'the incarnation before the suspend has exited (simulated)';
          reportLater({ sandboxId, incarnation: before, reason }, draw('afterwards'));
        },
      }));
    },

    suspend({ sandboxId, operation, signal }) {
      return inFlight.run([sandboxId, operation, 'suspend'], signal, () => ({
        work: (late) => void platform.carryOut({ kind: 'suspend', sandboxId, operation, unordered: late }),
      }));
    },

    snapshot({ sandboxId, operation, signal, snapshotId, snapshotType, localReady }) {
      const job = { kind: 'snapshot', sandboxId, operation, snapshotId, snapshotType } as const;
      return inFlight.run([sandboxId, operation, 'snapshot'], signal, (draw) => ({
        halfway() {
          if (draw('local ready') < settings.localReady && platform.prepare(job)) localReady?.();
        },
        work: (late): Captured => platform.carryOut({ ...job, unordered: late }) ?? {},
      }));
    },

    configure({ sandboxId, incarnation, generation, signal }) {
      return inFlight.run([sandboxId, incarnation, 'configure', generation], signal, () => ({
        // No operation limit ends a call that hangs, and a rejection would be final.
        spared: ['failures', 'hangs'],
        work: () => platform.configure(sandboxId, incarnation, generation),
      }));
    },

    release({ sandboxId, operation, signal }) {
      return inFlight.run([sandboxId, operation, 'release'], signal, () => ({
        spared: ['failures'],
        work() {
          platform.carryOut({ kind: 'release', sandboxId, operation });
          reports.forget(sandboxId);
        },
      }));
    },
  };
}
