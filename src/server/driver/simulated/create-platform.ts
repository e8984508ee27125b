import type { Crash } from '../driver.ts';
import { permanent } from '../failures.ts';
import { carryOut, type PlatformContents } from './carry-out.ts';
import type { SimulatedPlatform } from './platform.ts';
import { type SimulatedSandbox, setState } from './simulated-sandbox.ts';

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
  const watchers = new Set<{ readonly onCrash: (crash: Crash) => void }>();

  function get(sandboxId: string): SimulatedSandbox | undefined {
    const instance = sandboxes.get(sandboxId)?.instance;
    if (!instance) return undefined;
    const { state, incarnation, generation } = instance;
    return { sandboxId, state, incarnation, generation };
  }

  return {
    effects,
    get,
    sandboxes: () => [...sandboxes.keys()].flatMap((id) => get(id) ?? []),
    snapshots: () => [...snapshots.values()],
    timesDone: (sandboxId, operation) => sandboxes.get(sandboxId)?.done.get(operation)?.times ?? 0,
    carryOut: (job) => carryOut(contents, job),

    configure(sandboxId, incarnation, generation) {
      const instance = sandboxes.get(sandboxId)?.instance;
      if (instance?.incarnation !== incarnation)
        throw permanent(`Incarnation ${incarnation} does not run, so it cannot be configured.`);
      instance.generation = Math.max(instance.generation, generation);
    },

    kill(sandboxId, { reason = 'its machine died', silent = false } = {}) {
      const sandbox = sandboxes.get(sandboxId);
      if (!sandbox?.instance) return false;
      const { incarnation } = sandbox.instance;
      sandbox.instance = undefined;
      effects.push({ kind: 'die', sandboxId, operation: incarnation });
      if (!silent) for (const { onCrash } of [...watchers]) onCrash({ sandboxId, incarnation, reason });
      return true;
    },

    adopt({ sandboxId, incarnation }) {
      const sandbox = sandboxes.get(sandboxId);
      if (!sandbox?.instance) return false;
      if (setState(sandbox.instance, sandbox, incarnation)) {
        effects.push({ kind: 'adopt', sandboxId, operation: sandbox.instance.incarnation });
      }
      return true;
    },

    deleteSnapshot(snapshotId) {
      const snapshot = snapshots.get(snapshotId);
      if (!snapshot) return;
      snapshots.delete(snapshotId);
      effects.push({ kind: 'deleteSnapshot', sandboxId: snapshot.sandboxId, operation: snapshot.operation });
    },

    watch(onCrash) {
      const watcher = { onCrash };
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
