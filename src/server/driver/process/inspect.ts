import type { Inspection } from '../driver.ts';
import { endingOf, isProcessAlive } from './find-process.ts';
import { readProcessFiles } from './process-file.ts';
import { processesOf, targetsOf } from './sandbox-processes.ts';
import type { SharedState } from './shared-state.ts';
import type { ProcessInfo } from './table/table.ts';

/** Looks at one sandbox, and changes nothing. Rejects when a look fails. */
export async function inspect(state: SharedState, id: string): Promise<Inspection> {
  const { paths, table, tracked, exitWatcher } = state;
  const known = tracked.get(id);
  const named = known ? [known.processFile] : await readProcessFiles(paths.sandbox(id));
  for (const processFile of named) {
    if (!(await (known ? exitWatcher.isAlive(known) : isProcessAlive(state, processFile)))) continue;
    const { alive } = await processesOf(table, targetsOf(paths, id, [processFile]));
    if (alive.length > 0) return stateOf(alive);
  }
  const ending = await endingOf(state, id);
  if (ending) return { state: 'exited', exitCode: ending.exitCode, reason: ending.reason };
  // An interrupted release leaves processes behind.
  const left = [...named, ...(await readProcessFiles(paths.releasedSandbox(id)))];
  const { alive } = await processesOf(table, targetsOf(paths, id, left));
  return alive.length > 0 ? stateOf(alive) : { state: 'absent' };
}

function stateOf(alive: readonly ProcessInfo[]): Inspection {
  return { state: alive.every(({ state }) => state === 'stopped') ? 'paused' : 'running' };
}
