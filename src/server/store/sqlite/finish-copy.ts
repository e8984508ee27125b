import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { BackupError } from '../errors.ts';
import { sqliteModulePath } from './database.ts';

/** The facts about a finished copy. */
interface FinishedCopy {
  /** The identity of the database. */
  readonly identity: string;
  /** The sequence of its last row of history. */
  readonly sequence: number;
}

/**
 * Checks a copy of a database, and makes it one file without a write-ahead log. Works in a thread of its own, because the check
 * reads the whole file. Throws {@link BackupError} for a damaged copy.
 */
export async function finishCopy(path: string): Promise<FinishedCopy> {
  const worker = new Worker(program, { eval: true, workerData: { path, module: sqliteModulePath() } });
  const [result] = (await once(worker, 'message')) as [{ found: string } & FinishedCopy];
  await worker.terminate();
  const { found, identity, sequence } = result;
  if (found !== 'ok') throw new BackupError(`The copy is damaged, so it was deleted: ${found}`);
  return { identity, sequence };
}

/** The thread. It is a text, because a bundle of this library has no second file for it. */
const program = `
  const { parentPort, workerData: { path, module } } = require('node:worker_threads');
  const { DatabaseSync } = module === null ? process.getBuiltinModule('node:sqlite') : require(module);
  const database = new DatabaseSync(path);
  const found = Object.values(database.prepare('PRAGMA quick_check(1)').get())[0];
  const identity = database.prepare("SELECT value FROM facts WHERE name = 'identity'").get();
  const last = database.prepare("SELECT seq AS sequence FROM sqlite_sequence WHERE name = 'history'").get();
  database.exec('PRAGMA journal_mode = delete');
  database.close();
  parentPort.postMessage({ found, identity: identity.value, sequence: Number(last?.sequence ?? 0) });
`;
