import type { Found } from '../driver.ts';
import { isEnvironmentOf, sandboxNamedIn } from './environment.ts';
import { isSafe, type Paths } from './paths.ts';
import { readProcessFiles } from './process-file.ts';
import { processesOf, targetsOf } from './sandbox-processes.ts';
import type { SharedState } from './shared-state.ts';
import type { ProcessTable } from './table/table.ts';

/**
 * Lists every sandbox with a live process, from the folder and the process table alone. Includes sandboxes of an
 * earlier server, sandboxes that outlived their first process, and processes that an interrupted release has yet to
 * kill.
 */
export async function inventory({ paths, table }: SharedState): Promise<readonly Found[]> {
  const tableNow = await frozen(table);
  const ids = new Set([...(await paths.sandboxIds()), ...(await idsOfProcesses(tableNow, paths))]);
  const found = await Promise.all([...ids].map((id) => find(tableNow, paths, id)));
  return found.filter((one) => one !== undefined);
}

async function find(table: ProcessTable, paths: Paths, sandboxId: string): Promise<Found | undefined> {
  const folders = [paths.sandbox(sandboxId), paths.releasedSandbox(sandboxId)];
  const processFiles = (await Promise.all(folders.map(readProcessFiles))).flat();
  const { alive } = await processesOf(table, targetsOf(paths, sandboxId, processFiles));
  if (alive.length === 0) return undefined;
  return { sandboxId, state: alive.every(({ state }) => state === 'stopped') ? 'paused' : 'running' };
}

/** A copy of the table at one instant, so that many lookups cost one scan. */
async function frozen(table: ProcessTable): Promise<ProcessTable> {
  const all = await table.all();
  const environments = new Map(all.map(({ pid }) => [pid, table.environment(pid)]));
  return {
    ...table,
    all: async () => all,
    environment: (pid) => environments.get(pid),
    workingDirectory: remembered(table.workingDirectory),
    cgroup: remembered(table.cgroup),
  };
}

/** The sandboxes named by the variables of live processes, with or without a folder. */
async function idsOfProcesses(table: ProcessTable, paths: Paths): Promise<string[]> {
  return (await table.all()).flatMap(({ pid }) => {
    const variables = table.environment(pid);
    const id = sandboxNamedIn(variables);
    return id !== undefined && isSafe(id) && isEnvironmentOf(variables, id, paths.files(id)) ? [id] : [];
  });
}

/** Looks up each process at most once. */
function remembered(look: (pid: number) => string | undefined): (pid: number) => string | undefined {
  const found = new Map<number, string | undefined>();
  return (pid) => {
    if (!found.has(pid)) found.set(pid, look(pid));
    return found.get(pid);
  };
}
