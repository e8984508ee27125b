import { type Database, inTransaction } from '../database.ts';
import { layout1 } from './layout-1.ts';
import { layout2 } from './layout-2.ts';

/** The steps that led to the present layout, first to last. A step that was released is never changed. */
const migrations: readonly ((database: Database) => void)[] = [layout1, layout2];

/** Brings a database to the present layout, in one transaction. Throws for one of a newer release. */
export function migrate(database: Database): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > migrations.length) {
    throw new Error(
      `The data is of layout ${version}, newer than ${migrations.length}, which this release knows; run the newer release.`,
    );
  }
  inTransaction(database, () => {
    for (const step of migrations.slice(version)) step(database);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}
