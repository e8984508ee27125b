import { type Database, inTransaction } from '../database.ts';
import { initialLayout } from './initial.ts';

/** The SQL that turns each layout into the next; layout 1 is the initial one. A released entry never changes. */
const migrations: readonly string[] = [initialLayout];

/** The number of the current layout. */
export const presentLayout = migrations.length;

/**
 * Marks the databases that began with this initial layout. The mark is computed from the layout, so that an edit in
 * place changes it, and data from before the edit is recognised whatever its layout number.
 */
const mark = fingerprintOf(initialLayout);

/**
 * Migrates a database to the current layout, in one transaction. Throws for data of a newer release, and for data of a
 * version before the first release, which releases cannot read.
 */
export function migrate(database: Database): void {
  const layout = pragma(database, 'user_version');
  if (layout > 0 && pragma(database, 'application_id') !== mark) {
    throw new Error(
      'The data was written by a pre-release version, and this version cannot read it; start with an empty data folder.',
    );
  }
  if (layout > presentLayout) {
    throw new Error(
      `The data has layout ${layout}, but this release supports layouts up to ${presentLayout}; run the newer release.`,
    );
  }
  inTransaction(database, () => {
    for (const migration of migrations.slice(layout)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${presentLayout}; PRAGMA application_id = ${mark}`);
  });
}

function pragma(database: Database, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** FNV-1a in 31 bits. All white space counts as one space. */
function fingerprintOf(sql: string): number {
  let bits = 0x811c9dc5;
  for (const character of sql.replace(/\s+/g, ' ')) {
    bits = Math.imul(bits ^ character.charCodeAt(0), 0x01000193);
  }
  return bits >>> 1;
}
