import { resolve } from 'node:path';
import { backUp } from '../../server/store/sqlite/backup.ts';
import { closeDatabase, isInUse } from '../../server/store/sqlite/database.ts';
import { openExamined } from '../../server/store/sqlite/examine.ts';
import { readMark } from '../../server/store/sqlite/high-water-mark.ts';
import type { Backup } from '../../server/store/store.ts';
import { databaseAt } from '../data-folder.ts';
import { UsageError } from '../errors.ts';
import { defaultSchema, loadTransfer } from '../postgres.ts';
import { requestOf } from '../server-request.ts';
import { postgresUrl } from '../values.ts';
import type { BackupOptions } from './command.ts';

/**
 * Backs up the database of a data folder, which a running server does itself, or the data in a PostgreSQL database. Returns the text to
 * print. Throws with a sentence, and then leaves no new file.
 */
export async function makeBackup(options: BackupOptions): Promise<string> {
  const out = resolve(options.out);
  if (!out.endsWith('.db'))
    throw new UsageError(`Invalid <out> "${options.out}". Use a name that ends in .db.`);
  const url = postgresUrl.read(options.data);
  const made = url ? await ofPostgres(url, out) : await ofFolder(databaseAt(options.data), out, options);
  return `${out} has ${made.bytes} bytes, and all changes up to ${made.sequence} of the database ${made.identity}.\n`;
}

async function ofFolder(path: string, out: string, options: BackupOptions): Promise<Backup> {
  return isInUse(path) ? byServer(path, out, options) : byItself(path, out);
}

/** The backup is a SQLite database, as that of a data folder. */
async function ofPostgres(url: URL, out: string): Promise<Backup> {
  const { withCopy } = await loadTransfer();
  return withCopy({ url: url.href, schema: defaultSchema }, (copy) =>
    backUp(copy, out, new AbortController().signal),
  );
}

async function byItself(path: string, out: string): Promise<Backup> {
  const database = openExamined({ path, restored: true });
  try {
    return await backUp(database, out, new AbortController().signal);
  } finally {
    closeDatabase(database);
  }
}

/** The mark beside the database names it, so that the server of another folder refuses the request. */
async function byServer(path: string, out: string, options: BackupOptions): Promise<Backup> {
  const mark = readMark(path);
  const database = typeof mark === 'object' ? mark.identity : undefined;
  const made = await requestOf<Omit<Backup, 'identity'> & { readonly database: string }>(options, '/backup', {
    path: out,
    ...(database !== undefined && { database }),
  });
  return { ...made, identity: made.database };
}
