import { duties } from '../../model/duties.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import { type Driver, DriverError } from '../driver/driver.ts';
import type { Holding } from '../hosts/holding.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { LivingState, Store } from '../store/store.ts';
import type { BackgroundTasks } from './background-tasks.ts';

/** Brings what runs the newest generation of its configuration. */
export interface ConfigurationSync {
  /** Calls the driver in the background, unless the platform has the generation that the record demands. */
  bring(entry: SandboxEntry): void;
  /** As {@link bring}, for a living sandbox whose record was not read. */
  check(state: LivingState): void;
  /** Records that this host began a boot or a resume. */
  begun(entry: SandboxEntry): void;
  /** Records that a boot or a resume has started an incarnation with this generation. */
  started(sandboxId: string, configured: Configured): void;
  /** The generation that the platform has; null while nothing runs, and after a restart until it is known. */
  appliedGeneration(sandbox: Sandbox): number | null;
}

/** The generation that an incarnation has. */
interface Configured {
  readonly incarnation: number;
  readonly generation: number;
}

/** A generation that is settled: the platform has it, or has rejected it for good. */
interface Settled extends Configured {
  /** The newest generation that the platform has; null when it is not known. */
  readonly applied: number | null;
}

/** The parts of a host that the synchronization uses. */
interface ConfigurationSyncOptions {
  readonly store: Pick<Store, 'get'>;
  readonly driver: Pick<Driver, 'configure'>;
  readonly background: BackgroundTasks;
  readonly holding: Pick<Holding, 'whileHeld'>;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/**
 * Creates the synchronization. It keeps in memory which generation each running sandbox has. After a restart it knows none,
 * and sends every generation above 1 once more, which a driver ignores when it has applied it. A failed call is retried
 * until the record no longer demands it. A `DriverError` that is not retryable ends the attempts for that generation. A sandbox that
 * another host holds is left to that host, which learns of every change of its record.
 */
export function createConfigurationSync(options: ConfigurationSyncOptions): ConfigurationSync {
  const { store, driver, background, holding, onProblem } = options;
  const platform = new Map<string, Settled>();
  /** The boots and resumes that this host began. An earlier host may have called the driver with an older generation. */
  const begun = new Map<string, number>();
  /** The sandboxes with a task in progress, and whether their record may have changed since the task read it. */
  const inProgress = new Map<string, { isOutdated: boolean }>();

  return {
    bring(entry) {
      const { id, status } = entry.sandbox;
      if (status === 'terminated') {
        platform.delete(id);
        begun.delete(id);
      }
      if (owedTo(entry) !== undefined) begin(id);
    },
    check({ sandboxId, status, incarnation, generation, isBetween }) {
      const isDue = status === 'snapshotting' || (status === 'running' && !isBetween);
      if (isDue && incarnation !== null && isOwed(sandboxId, { incarnation, generation })) begin(sandboxId);
    },
    begun: ({ sandbox }) => void begun.set(sandbox.id, sandbox.operations),
    started(sandboxId, configured) {
      const { generation, incarnation } = configured;
      if (generation === 1 || begun.get(sandboxId) === incarnation)
        platform.set(sandboxId, { ...configured, applied: generation });
    },
    appliedGeneration({ id, incarnation, generation }) {
      if (incarnation === null) return null;
      // Every incarnation begins with a generation from 1, and only one that changed is sent.
      if (generation === 1) return 1;
      return driver.configure === undefined ? generation : appliedTo(id, incarnation);
    },
  };

  function begin(id: string): void {
    const current = inProgress.get(id);
    if (current) {
      current.isOutdated = true;
      return;
    }
    const task = { isOutdated: false };
    inProgress.set(id, task);
    background.run(() => bringNewest(id, task), id);
  }

  /** Calls the driver until the platform has the newest generation, which may change meanwhile. */
  async function bringNewest(sandboxId: string, task: { isOutdated: boolean }): Promise<void> {
    while (!background.closing.aborted) {
      task.isOutdated = false;
      const entry = await store.get(sandboxId);
      const owed = entry && owedTo(entry);
      const isDone = !owed || !(await holding.whileHeld(sandboxId, () => configure(entry, owed)));
      if (isDone && !task.isOutdated) {
        inProgress.delete(sandboxId);
        return;
      }
    }
  }

  /** Calls the driver once. Rejects when another attempt may succeed. */
  async function configure({ sandbox, configuration }: SandboxEntry, owed: Configured): Promise<void> {
    const { id: sandboxId } = sandbox;
    let applied: number | null = owed.generation;
    try {
      // A signal of its own: a driver may add a listener for each call.
      const signal = AbortSignal.any([background.closing]);
      await driver.configure?.({ sandboxId, ...owed, configuration, signal });
    } catch (error) {
      if (!(error instanceof DriverError) || error.retryable) throw error;
      onProblem(error, sandboxId);
      applied = appliedTo(sandboxId, owed.incarnation);
    }
    platform.set(sandboxId, { ...owed, applied });
  }

  /** The generation that the platform has given this incarnation, as far as it is known. */
  function appliedTo(sandboxId: string, incarnation: number): number | null {
    const has = platform.get(sandboxId);
    return has?.incarnation === incarnation ? has.applied : null;
  }

  /** The generation that the platform must have and does not have yet. Every boot begins with generation 1 or a later one. */
  function owedTo({ sandbox }: SandboxEntry): Configured | undefined {
    const { generation } = duties(sandbox);
    const { id, incarnation } = sandbox;
    if (generation === undefined || incarnation === null) return undefined;
    return isOwed(id, { incarnation, generation }) ? { incarnation, generation } : undefined;
  }

  function isOwed(id: string, { incarnation, generation }: Configured): boolean {
    if (driver.configure === undefined || generation === 1) return false;
    const has = platform.get(id);
    return has?.incarnation !== incarnation || has.generation < generation;
  }
}
