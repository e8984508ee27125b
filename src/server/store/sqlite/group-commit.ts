import { setImmediate } from 'node:timers';
import type { Database } from './database.ts';

/** Runs many writes in one transaction, each of them whole or not at all. */
export interface Group {
  /**
   * Resolves when the write is on the disk, after `onKept` was called, before anything else can look. Rejects with what
   * it threw, or when nothing could be kept.
   */
  run<Result>(write: () => Result, onKept?: () => void): Promise<Result>;
  /** Writes what still waits. */
  close(): void;
}

interface Waiting {
  readonly write: () => unknown;
  readonly onKept: (() => void) | undefined;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** How many writes share a transaction at the most, so that the first does not wait for ever. */
const most = 256;

/**
 * Group commit: all that is asked for in one turn of the event loop shares one transaction, and so one wait for the
 * disk. Each write has a savepoint of its own, so that one that throws takes nothing else back.
 */
export function createGroup(database: Database): Group {
  const runBatch = createBatchRunner(database);
  let waiting: Waiting[] = [];
  let scheduled = false;

  function flush(): void {
    scheduled = false;
    const batch = waiting.slice(0, most);
    waiting = waiting.slice(most);
    if (batch.length === 0) return;
    if (waiting.length > 0) {
      scheduled = true;
      setImmediate(flush);
    }
    try {
      const settlements = runBatch(batch);
      for (const settle of settlements) settle();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return {
    run(write, onKept) {
      return new Promise((resolve, reject) => {
        waiting.push({ write, onKept, resolve, reject });
        if (scheduled) return;
        scheduled = true;
        setImmediate(flush);
      });
    },
    close() {
      while (waiting.length > 0) flush();
    },
  };
}

/**
 * Runs a batch in one transaction, and returns how to settle each of its promises once all of it is on the disk. Throws
 * when nothing could be kept.
 */
function createBatchRunner(database: Database): (batch: readonly Waiting[]) => readonly (() => void)[] {
  const [begin, commit, rollback, save, keep, undo] = [
    'BEGIN IMMEDIATE',
    'COMMIT',
    'ROLLBACK',
    'SAVEPOINT one',
    'RELEASE one',
    'ROLLBACK TO one',
  ].map((sql) => database.prepare(sql)) as [Statement, Statement, Statement, Statement, Statement, Statement];

  function runOne({ write, onKept, resolve, reject }: Waiting): () => void {
    save.run();
    try {
      const result = write();
      keep.run();
      return () => {
        onKept?.();
        resolve(result as never);
      };
    } catch (error) {
      // A full disk ends the whole transaction: then there is nothing to go back to.
      if (!database.isTransaction) throw error;
      undo.run();
      keep.run();
      return () => reject(error);
    }
  }

  return (batch) => {
    begin.run();
    try {
      const settlements = batch.map(runOne);
      commit.run();
      return settlements;
    } catch (error) {
      // A failed COMMIT may have rolled back by itself.
      if (database.isTransaction) rollback.run();
      throw error;
    }
  };
}

type Statement = ReturnType<Database['prepare']>;
