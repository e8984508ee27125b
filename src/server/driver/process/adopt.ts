import type { Adopted } from '../driver.ts';
import { unseenExit } from './failures.ts';
import { findAlive } from './find-process.ts';
import { readProcessFiles } from './process-file.ts';
import { processesOf } from './sandbox-processes.ts';
import type { SharedState } from './shared-state.ts';
import { continueProcesses, stopProcesses } from './signals.ts';

/** Makes a sandbox run or pause as its record says, and watches it. Reports a crash when its process has exited. */
export async function adopt(state: SharedState, adopted: Adopted, signal: AbortSignal): Promise<void> {
  const { sandboxId: id, incarnation } = adopted;
  const tracked = await findAlive(state, id);
  if (!tracked) return reportExit(state, adopted);

  tracked.paused = incarnation === null;
  tracked.incarnation = incarnation ?? tracked.incarnation;
  tracked.newestOperation = Math.max(tracked.newestOperation, tracked.incarnation);
  if (tracked.paused) await stopProcesses(state, tracked, signal);
  else await continueProcesses(state, tracked);
}

async function reportExit(state: SharedState, { sandboxId, incarnation }: Adopted): Promise<void> {
  const { paths, reports, table, tracked } = state;
  const processFiles = await readProcessFiles(paths.sandbox(sandboxId));
  // Its child processes may have outlived it while the server was down.
  const left = await processesOf(table, { id: sandboxId, home: paths.files(sandboxId), processFiles });
  left.send('SIGKILL');
  // The record of a paused sandbox lacks an incarnation: use the newest process file. Without one, report nothing.
  const named = incarnation ?? processFiles[0]?.operation;
  const reason = tracked.get(sandboxId)?.exitReason ?? unseenExit;
  if (named !== undefined) reports.publish({ sandboxId, incarnation: named, reason });
}
