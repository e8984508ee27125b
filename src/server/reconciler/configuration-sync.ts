import { duties } from '../../model/duties.ts';
import { type Driver, DriverError } from '../driver/driver.ts';
import type { SandboxEntry, Store } from '../store/store.ts';
import type { BackgroundTasks } from './background-tasks.ts';

/** Brings what runs the newest generation of its configuration. */
export interface ConfigurationSync {
  /** Calls the driver in the background, unless the platform has the generation that the record demands. */
  bring(entry: SandboxEntry): void;
  /** Records that a boot or a resume has started an incarnation with this generation. */
  started(sandboxId: string, configured: Configured): void;
}

/** The generation that an incarnation has. */
interface Configured {
  readonly incarnation: number;
  readonly generation: number;
}

/** The parts of a host that the synchronization uses. */
interface ConfigurationSyncOptions {
  readonly store: Pick<Store, 'get'>;
  readonly driver: Pick<Driver, 'configure'>;
  readonly background: BackgroundTasks;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/**
 * Creates the synchronization. It keeps in memory which generation each running sandbox has. After a restart it knows none,
 * and sends every generation above 1 once more, which a driver ignores when it has applied it. A failed call is retried
 * until the record no longer demands it. A `DriverError` that is not retryable ends the attempts for that generation.
 */
export function createConfigurationSync(options: ConfigurationSyncOptions): ConfigurationSync {
  const { store, driver, background, onProblem } = options;
  const platform = new Map<string, Configured>();
  /** The sandboxes with a task in progress, and whether their record may have changed since the task read it. */
  const inProgress = new Map<string, { isOutdated: boolean }>();

  return {
    bring(entry) {
      const { id, status } = entry.sandbox;
      if (status === 'terminated') platform.delete(id);
      if (owedTo(entry) === undefined) return;
      const current = inProgress.get(id);
      if (current) {
        current.isOutdated = true;
        return;
      }
      const task = { isOutdated: false };
      inProgress.set(id, task);
      background.run(() => bringNewest(id, task), id);
    },
    started: (sandboxId, configured) => void platform.set(sandboxId, configured),
  };

  /** Calls the driver until the platform has the newest generation, which may change meanwhile. */
  async function bringNewest(sandboxId: string, task: { isOutdated: boolean }): Promise<void> {
    while (!background.closing.aborted) {
      task.isOutdated = false;
      const entry = await store.get(sandboxId);
      const owed = entry && owedTo(entry);
      if (owed === undefined) {
        if (task.isOutdated) continue;
        inProgress.delete(sandboxId);
        return;
      }
      const { configuration } = entry as SandboxEntry;
      try {
        await driver.configure?.({ sandboxId, ...owed, configuration, signal: background.closing });
      } catch (error) {
        if (!(error instanceof DriverError) || error.retryable) throw error;
        onProblem(error, sandboxId);
      }
      platform.set(sandboxId, owed);
    }
  }

  /** The generation that the platform must have and does not have yet. Every boot begins with generation 1 or a later one. */
  function owedTo({ sandbox }: SandboxEntry): Configured | undefined {
    const { generation } = duties(sandbox);
    const { id, incarnation } = sandbox;
    if (driver.configure === undefined || generation === undefined || incarnation === null) return undefined;
    if (generation === 1) return undefined;
    const has = platform.get(id);
    return has?.incarnation === incarnation && has.generation >= generation
      ? undefined
      : { incarnation, generation };
  }
}
