import type { Crash, Exit } from '../driver.ts';
import { permanent } from '../failures.ts';
import { carryOut, type PlatformContents, prepare } from './carry-out.ts';
import type { SimulatedPlatform } from './platform.ts';
import {
  type Ending,
  endInstance,
  inspectionOf,
  type SimulatedSandbox,
  setState,
} from './simulated-sandbox.ts';

/**
 * Creates an empty platform.
 *
 * @example
 * const platform = simulatedPlatform();
 * const before = simulatedDriver({ platform });
 * before.abandon(); // the server was killed
 * const after = simulatedDriver({ platform }); // finds the sandboxes of the killed server
 */
export function simulatedPlatform(): SimulatedPlatform {
  const contents: PlatformContents = { sandboxes: new Map(), snapshots: new Map(), effects: [] };
  const { sandboxes, snapshots, effects } = contents;
  const attempts = new Map<string, number>();
  const watchers = new Set<{ readonly onEnd: (end: Crash | Exit) => void }>();

  function get(sandboxId: string): SimulatedSandbox | undefined {
    const instance = sandboxes.get(sandboxId)?.instance;
    if (!instance) return undefined;
    const { state, incarnation, generation, owner, bootedAt } = instance;
    return { sandboxId, state, incarnation, generation, bootedAt, ...(owner !== undefined && { owner }) };
  }

  function report(sandboxId: string, { exitCode, ...crash }: Ending): void {
    const end = exitCode === null ? { sandboxId, ...crash } : { sandboxId, ...crash, exitCode };
    for (const { onEnd } of [...watchers]) onEnd(end);
  }

  return {
    effects,
    get,
    sandboxes: () => [...sandboxes.keys()].flatMap((id) => get(id) ?? []),
    snapshots: () => [...snapshots.values()],
    timesDone: (sandboxId, operation) => sandboxes.get(sandboxId)?.done.get(operation)?.times ?? 0,
    carryOut: (job) => carryOut(contents, job),
    prepare: (job) => prepare(contents, job),

    configure(sandboxId, incarnation, generation) {
      const instance = sandboxes.get(sandboxId)?.instance;
      if (instance?.incarnation !== incarnation)
        throw permanent(`Incarnation ${incarnation} does not run, so it cannot be configured.`);
      instance.generation = Math.max(instance.generation, generation);
    },

    kill(sandboxId, options = {}) {
      const ending = endInstance(sandboxes.get(sandboxId), options);
      if (!ending) return false;
      effects.push({ kind: 'die', sandboxId, operation: ending.incarnation });
      if (!options.silent) report(sandboxId, ending);
      return true;
    },

    inspect: (sandboxId) => inspectionOf(sandboxes.get(sandboxId)),

    adopt({ sandboxId, incarnation }) {
      const sandbox = sandboxes.get(sandboxId);
      if (sandbox?.ended)
        report(sandboxId, { ...sandbox.ended, ...(incarnation !== null && { incarnation }) });
      if (!sandbox?.instance) return;
      if (setState(sandbox.instance, sandbox, incarnation)) {
        effects.push({ kind: 'adopt', sandboxId, operation: sandbox.instance.incarnation });
      }
    },

    deleteSnapshot(snapshotId) {
      const snapshot = snapshots.get(snapshotId);
      if (!snapshot) return;
      snapshots.delete(snapshotId);
      effects.push({ kind: 'deleteSnapshot', sandboxId: snapshot.sandboxId, operation: snapshot.operation });
    },

    watch(onEnd) {
      const watcher = { onEnd };
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },

    countAttempt(key) {
      const next = (attempts.get(key) ?? 0) + 1;
      attempts.set(key, next);
      return next;
    },
  };
}
