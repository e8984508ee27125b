import { setImmediate } from 'node:timers';
import type { Database } from './database.ts';

/** Runs many writes in one transaction. Each write takes effect completely or not at all. */
export interface Group {
  /**
   * Resolves when the write is on disk. Calls `onKept` before that, and before any other code can read the database.
   * Rejects with the error of the write, or with the error of the transaction.
   */
  run<Result>(write: () => Result, onKept?: () => void): Promise<Result>;
  /** How many writes wait for the next transaction. */
  waiting(): number;
  /** Writes everything that is still queued. */
  close(): void;
}

interface Waiting {
  readonly write: () => unknown;
  readonly onKept: (() => void) | undefined;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** The most writes in one transaction. Limits how long the first one waits. */
const most = 256;

/**
 * Creates a group commit: all writes of one turn of the event loop share one transaction, and so one fsync. Each write
 * has its own savepoint, so a write that throws rolls back only itself.
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
    waiting: () => waiting.length,
    close() {
      while (waiting.length > 0) flush();
    },
  };
}

/**
 * Runs a batch in one transaction, and returns the functions that settle its promises once all of it is on disk. Throws
 * when the transaction failed.
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
      // A full disk ends the whole transaction, and the savepoint with it.
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
