import { closeDatabase, type Database, isInUse } from '../../server/store/sqlite/database.ts';
import { openExamined } from '../../server/store/sqlite/examine.ts';
import { migrate } from '../../server/store/sqlite/migrations/migrate.ts';
import { databaseAt } from '../data-folder.ts';
import { defaultSchema, loadTransfer, nameOf } from '../postgres.ts';
import type { MigrateOptions } from './command.ts';

/**
 * Copies the data of a stopped server, or a backup, into an empty PostgreSQL database. Returns the text to print. Throws with a sentence, and
 * then the database has nothing of it. The source stays as it is.
 */
export async function migrateData({ data, store }: MigrateOptions, schema = defaultSchema): Promise<string> {
  const { moveData } = await loadTransfer();
  const path = databaseAt(data);
  if (isInUse(path)) throw new Error(`${path} is in use by a server; stop that server first.`);
  const database = openExamined({ path, restored: true });
  try {
    migrate(database);
    mustBeMovable(database);
    const { counts, identity } = await moveData(database, { url: store.href, schema });
    const moved = `${counts.get('sandboxes')} sandboxes, ${counts.get('history')} rows of history, ${counts.get('snapshots')} snapshots and ${counts.get('responses')} responses`;
    return [
      `Copied ${moved} of the database ${identity} to ${nameOf(store, schema)}, and compared all of it.`,
      `Start servers with --store, and with the URL of the same platform as --driver: ${describePlatform(database)}`,
      `Never start a server on ${path} again: both would act on the same sandboxes.`,
      '',
    ].join('\n');
  } finally {
    closeDatabase(database);
  }
}

/** Only the machine of the process driver reaches its sandboxes, and several servers must reach all. */
function mustBeMovable(database: Database): void {
  const living = unreleased(database);
  if (driverKind(database) !== 'process' || living === 0) return;
  throw new Error(
    `${living} sandboxes of the driver "process" are not released, and only the server of this machine reaches them. Start it again, terminate them, wait until they are released, and stop it.`,
  );
}

function describePlatform(database: Database): string {
  return `${unreleased(database)} sandboxes are on it.`;
}

function unreleased(database: Database): number {
  const row = database
    .prepare("SELECT count(*) AS n FROM sandboxes WHERE status <> 'terminated' OR released = 0")
    .get();
  return Number(row?.['n']);
}

function driverKind(database: Database): unknown {
  return database.prepare("SELECT value FROM facts WHERE name = 'driver_kind'").get()?.['value'];
}
