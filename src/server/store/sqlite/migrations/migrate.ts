import { type Database, inTransaction } from '../database.ts';
import { initialLayout } from './initial.ts';

/** The step from one layout to the next. A released step never changes. */
export interface Migration {
  readonly sql: string;
  /** Whether releases of the earlier layout may still use a database of the next one. */
  readonly isUsableByEarlier: boolean;
}

/** The steps between the layouts: the first one creates layout 1. */
export const migrations: readonly Migration[] = [{ sql: initialLayout, isUsableByEarlier: false }];

/** The number of the current layout. */
export const presentLayout = migrations.length;

/** The fact that names the oldest layout whose releases may use the database. */
const readerFact = 'oldest_reader';

/**
 * Marks the databases that began with this initial layout. The mark is computed from the layout, so that an edit in
 * place changes it, and data from before the edit is recognised whatever its layout number.
 */
const mark = fingerprintOf(initialLayout);

/**
 * Migrates a database to the current layout, in one transaction. A newer layout that this release may use stays as it is. Throws for
 * one that only newer releases may use, and for data of a version before the first release, which releases cannot read.
 */
export function migrate(database: Database, steps: readonly Migration[] = migrations): void {
  const layout = pragma(database, 'user_version');
  if (layout > 0 && pragma(database, 'application_id') !== mark) {
    throw new Error(
      'The data was written by a pre-release version, and this version cannot read it; start with an empty data folder.',
    );
  }
  if (layout > steps.length) mustBeUsable(database, layout, steps.length);
  if (layout >= steps.length) return;
  inTransaction(database, () => {
    for (const { sql } of steps.slice(layout)) database.exec(sql);
    database.exec(`PRAGMA user_version = ${steps.length}; PRAGMA application_id = ${mark}`);
    const last = steps.findLastIndex(({ isUsableByEarlier }) => !isUsableByEarlier);
    if (last >= layout)
      database
        .prepare('INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
        .run(readerFact, String(last + 1));
  });
}

function mustBeUsable(database: Database, layout: number, supported: number): void {
  const reader = database.prepare('SELECT value FROM facts WHERE name = ?').get(readerFact)?.['value'];
  if (Number(reader ?? layout) <= supported) return;
  throw new Error(
    `The data has layout ${layout}, but this release supports layouts up to ${supported}; run the newer release.`,
  );
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
