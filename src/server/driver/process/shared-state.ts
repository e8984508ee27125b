import { type CrashReports, createCrashReports } from '../crash-reports.ts';
import { type Cgroups, createCgroups, ownCgroup } from './cgroup.ts';
import { createExitWatcher, type ExitWatcher } from './exit-watcher.ts';
import { everyUnreferenced, type ProcessDriverOptions } from './options.ts';
import { createPaths, type Paths } from './paths.ts';
import { createReleased, type Released } from './released.ts';
import { systemTable } from './table/system.ts';
import type { ProcessTable } from './table/table.ts';
import type { TrackedProcess } from './tracked.ts';

/** The state that the operations of one driver share. */
export interface SharedState {
  readonly paths: Paths;
  readonly table: ProcessTable;
  readonly signalLimitMs: number;
  readonly setAsideMs: number;
  readonly outputLimitBytes: number;
  readonly cgroups: Cgroups;
  /** The sandboxes whose process this driver knows, by id, until their release. */
  readonly tracked: Map<string, TrackedProcess>;
  readonly released: Released;
  readonly reports: CrashReports;
  readonly exitWatcher: ExitWatcher;
}

/** Creates the state of a new driver. Does not write to the disk. */
export function createSharedState(directory: string, options: ProcessDriverOptions): SharedState {
  const { watchIntervalMs = 500, signalLimitMs = 10_000, every = everyUnreferenced } = options;
  const { setAsideMs = 7 * 24 * 60 * 60 * 1000, outputLimitBytes = 64 * 1024 * 1024 } = options;
  const table = options.processes ?? systemTable();
  const reports = createCrashReports();
  const exitWatcher = createExitWatcher({ table, reports, every, watchIntervalMs });
  return {
    paths: createPaths(directory),
    table,
    signalLimitMs,
    setAsideMs,
    outputLimitBytes,
    cgroups: createCgroups(options.cgroup === undefined ? ownCgroup() : options.cgroup),
    tracked: new Map(),
    released: createReleased(),
    reports,
    exitWatcher,
  };
}
