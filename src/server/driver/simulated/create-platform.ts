import type { Crash } from '../driver.ts';
import { permanent } from '../failures.ts';
import type { SimulatedEffect, SimulatedJob, SimulatedPlatform, SimulatedSnapshot } from './platform.ts';
import {
  isDone,
  keepDone,
  type Life,
  makeItSo,
  mustBeThere,
  newLife,
  type SimulatedSandbox,
} from './simulated-sandbox.ts';

/**
 * A platform with nothing on it.
 *
 * @example
 * const platform = simulatedPlatform();
 * const before = simulatedDriver({ platform });
 * before.abandon(); // the server was killed
 * const after = simulatedDriver({ platform }); // and finds what it left
 */
export function simulatedPlatform(): SimulatedPlatform {
  const lives = new Map<string, Life>();
  const snapshots = new Map<string, SimulatedSnapshot>();
  const effects: SimulatedEffect[] = [];
  const tries = new Map<string, number>();
  const watchers = new Set<{ readonly onCrash: (crash: Crash) => void }>();

  function lifeOf(id: string): Life {
    const life = lives.get(id) ?? newLife();
    lives.set(id, life);
    return life;
  }

  function get(sandboxId: string): SimulatedSandbox | undefined {
    const machine = lives.get(sandboxId)?.machine;
    return machine && { sandboxId, state: machine.state, incarnation: machine.incarnation };
  }

  /** Does what an operation is for. Answers whether there was anything to do. */
  function act(life: Life, { kind, sandboxId, operation, snapshotId }: SimulatedJob): boolean {
    switch (kind) {
      case 'boot':
        if (life.machine && life.machine.incarnation !== operation) {
          throw permanent(`There is something else under the id ${sandboxId} already.`);
        }
        if (snapshotId != null && !snapshots.has(snapshotId)) {
          throw permanent(`The snapshot ${snapshotId} is not there (any more).`);
        }
        life.machine = { state: 'running', incarnation: operation, changedBy: operation };
        return true;
      case 'snapshot':
        mustBeThere(life);
        if (typeof snapshotId === 'string')
          snapshots.set(snapshotId, capture(sandboxId, operation, snapshotId));
        return true;
      case 'suspend':
        Object.assign(mustBeThere(life), { state: 'paused', changedBy: operation });
        return true;
      case 'resume':
        Object.assign(mustBeThere(life), { state: 'running', incarnation: operation, changedBy: operation });
        return true;
      case 'release': {
        const isThere = life.machine !== undefined;
        life.machine = undefined;
        // Also when there was nothing: a boot that comes now comes too late.
        life.newest = Math.max(life.newest, operation);
        return isThere;
      }
    }
  }

  return {
    effects,
    get,
    sandboxes: () => [...lives.keys()].flatMap((id) => get(id) ?? []),
    snapshots: () => [...snapshots.values()],
    timesDone: (sandboxId, operation) => lives.get(sandboxId)?.done.get(operation)?.times ?? 0,

    kill(sandboxId, { reason = 'its machine died', silent = false } = {}) {
      const life = lives.get(sandboxId);
      if (!life?.machine) return false;
      const { incarnation } = life.machine;
      life.machine = undefined;
      effects.push({ kind: 'die', sandboxId, operation: incarnation });
      if (!silent) for (const { onCrash } of [...watchers]) onCrash({ sandboxId, incarnation, reason });
      return true;
    },

    carryOut(job) {
      const { kind, sandboxId, operation, snapshotId, unordered = false } = job;
      const life = lifeOf(sandboxId);
      // A release ends whatever is there, each time.
      if (kind === 'release' || !isDone(life, kind, operation, unordered)) {
        if (act(life, job)) {
          keepDone(life, kind, operation);
          effects.push({ kind, sandboxId, operation });
        }
      } else if (kind !== 'snapshot') mustBeThere(life);
      if (kind !== 'snapshot') return undefined;
      const captured = snapshots.get(snapshotId ?? '');
      if (!captured) throw permanent(`The snapshot ${snapshotId} was captured, and deleted since.`);
      return { sizeBytes: captured.sizeBytes, uri: captured.uri };
    },

    adopt({ sandboxId, incarnation }) {
      const life = lives.get(sandboxId);
      if (!life?.machine) return false;
      if (makeItSo(life.machine, life, incarnation)) {
        effects.push({ kind: 'adopt', sandboxId, operation: life.machine.incarnation });
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

    countTry(key) {
      const next = (tries.get(key) ?? 0) + 1;
      tries.set(key, next);
      return next;
    },
  };
}

/** The size is of no meaning, but is the same one each time. */
function capture(sandboxId: string, operation: number, snapshotId: string): SimulatedSnapshot {
  const uri = `simulated://snapshots/${snapshotId}`;
  return { snapshotId, sandboxId, operation, sizeBytes: 1_000_000 + operation, uri };
}
