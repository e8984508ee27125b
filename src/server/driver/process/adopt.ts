import type { Adopted } from '../driver.ts';
import { endingOf, findAlive } from './find-process.ts';
import { readProcessFiles } from './process-file.ts';
import { processesOf, targetsOf } from './sandbox-processes.ts';
import type { SharedState } from './shared-state.ts';
import { continueProcesses, stopProcesses } from './signals.ts';

/**
 * Makes a sandbox run or pause as its record says, and watches it. Reports its end when there is proof that its process has
 * exited; without a trace of a process, reports nothing.
 */
export async function adopt(state: SharedState, adopted: Adopted, signal: AbortSignal): Promise<void> {
  const { sandboxId: id, incarnation } = adopted;
  const tracked = await findAlive(state, id);
  if (!tracked) return reportEnding(state, adopted);

  tracked.paused = incarnation === null;
  tracked.incarnation = incarnation ?? tracked.incarnation;
  tracked.newestOperation = Math.max(tracked.newestOperation, tracked.incarnation);
  if (tracked.paused) await stopProcesses(state, tracked, signal);
  else await continueProcesses(state, tracked);
}

async function reportEnding(state: SharedState, { sandboxId, incarnation }: Adopted): Promise<void> {
  const { paths, reports, table } = state;
  const ending = await endingOf(state, sandboxId);
  if (!ending) return;
  // Its child processes may have outlived it while the server was down.
  const processFiles = await readProcessFiles(paths.sandbox(sandboxId));
  const left = await processesOf(table, targetsOf(paths, sandboxId, processFiles));
  left.send('SIGKILL');
  const { operation, reason, exitCode } = ending;
  // The record of a paused sandbox lacks an incarnation.
  const crash = { sandboxId, incarnation: incarnation ?? operation, reason };
  reports.publish(exitCode === null ? crash : { ...crash, exitCode });
}
