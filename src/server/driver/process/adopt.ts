import type { Adopted } from '../driver.ts';
import { gone } from './failures.ts';
import { findAlive } from './find-process.ts';
import { readProcessFiles } from './process-file.ts';
import { processesOf } from './sandbox-processes.ts';
import type { SharedState } from './shared-state.ts';
import { continueGroup, stopGroup } from './signals.ts';

/** Has a sandbox run or stand still as the records say, and follows it. Reports it as a crash when it is gone. */
export async function adopt(platform: SharedState, adopted: Adopted, signal: AbortSignal): Promise<void> {
  const { sandboxId: id, incarnation } = adopted;
  const tracked = await findAlive(platform, id);
  if (!tracked) return reportGone(platform, adopted);

  tracked.paused = incarnation === null;
  tracked.incarnation = incarnation ?? tracked.incarnation;
  tracked.done = Math.max(tracked.done, tracked.incarnation);
  if (tracked.paused) await stopGroup(platform, tracked, signal);
  else await continueGroup(platform, tracked);
}

async function reportGone(platform: SharedState, { sandboxId, incarnation }: Adopted): Promise<void> {
  const { paths, reports, table, tracked } = platform;
  const marks = await readProcessFiles(paths.sandbox(sandboxId));
  // What its process started may have outlived it while no server was there to see to that.
  const left = await processesOf(table, { id: sandboxId, home: paths.files(sandboxId), marks });
  left.send('SIGKILL');
  // A paused one has no incarnation in the records: the boot's is as good as any, and none is told without one.
  const named = incarnation ?? marks[0]?.operation;
  const reason = tracked.get(sandboxId)?.ended ?? gone;
  if (named !== undefined) reports.tell({ sandboxId, incarnation: named, reason });
}
