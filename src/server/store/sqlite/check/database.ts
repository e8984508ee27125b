import { type Row, toStoredResponse } from '../../rows.ts';
import { type Database, isFromSqlite } from '../database.ts';
import { migrate } from '../migrations/migrate.ts';
import { backup, type DataProblem, failureOf } from './problem.ts';
import { sandboxProblems } from './sandbox.ts';
import { snapshotProblems } from './snapshot.ts';
import { countProblems, usageProblems } from './usage.ts';

/**
 * Finds every fault in a database of the current layout: in its file, its tables and indexes, each record with its
 * columns and its history, the names, the snapshots, the responses, the counts and the usage. `fresh` is an empty database to compare with.
 */
export function* problemsIn(database: Database, fresh: Database): Generator<DataProblem> {
  yield* asFarAsItCanBeRead(fileProblems(database));
  yield* asFarAsItCanBeRead(layoutProblems(database, fresh));
  yield* asFarAsItCanBeRead(eachRow(database, 'sandboxes', sandboxProblems));
  yield* asFarAsItCanBeRead(nameProblems(database));
  yield* asFarAsItCanBeRead(eachRow(database, 'snapshots', snapshotProblems));
  yield* asFarAsItCanBeRead(eachRow(database, 'responses', responseProblems));
  yield* asFarAsItCanBeRead(countProblems(database));
  yield* asFarAsItCanBeRead(usageProblems(database));
}

/** A damaged file can stop any query. Yields the problems found until then, and the damage itself. */
function* asFarAsItCanBeRead(problems: Generator<DataProblem>): Generator<DataProblem> {
  try {
    yield* problems;
  } catch (error) {
    if (!isFromSqlite(error)) throw error;
    yield { sandboxId: null, problem: `The file is damaged: ${error.message}.`, help: backup };
  }
}

function* eachRow(
  database: Database,
  table: string,
  problemsOf: (database: Database, row: Row) => Generator<DataProblem>,
): Generator<DataProblem> {
  for (const row of database.prepare(`SELECT * FROM ${table}`).iterate()) yield* problemsOf(database, row);
}

function* responseProblems(_: Database, row: Row): Generator<DataProblem> {
  const failure = failureOf(() => toStoredResponse(row));
  if (failure === undefined) return;
  const problem = `The response under the idempotency key ${JSON.stringify(row['key'])} cannot be read. ${failure}`;
  const help = 'Delete the row: the server needs it only when a client repeats the request.';
  yield { sandboxId: null, problem, help };
}

function* fileProblems(database: Database): Generator<DataProblem> {
  for (const row of database.prepare('PRAGMA integrity_check(20)').all()) {
    const said = Object.values(row)[0];
    if (said !== 'ok') yield { sandboxId: null, problem: `The file is damaged: ${said}.`, help: backup };
  }
  const orphans = database.prepare(
    `SELECT sandbox_id, count(*) AS rows FROM history WHERE sandbox_id NOT IN (SELECT id FROM sandboxes)
     GROUP BY sandbox_id`,
  );
  for (const { sandbox_id: id, rows } of orphans.all()) {
    const problem = `Its history has ${rows} rows, but the sandbox itself is missing.`;
    yield { sandboxId: String(id), problem, help: backup };
  }
  const leftOver = database.prepare(
    'SELECT DISTINCT sandbox_id FROM metadata WHERE sandbox_id NOT IN (SELECT id FROM sandboxes)',
  );
  for (const { sandbox_id: id } of leftOver.all()) {
    const problem = 'Its metadata is in the table of filters, but the sandbox itself is missing.';
    yield { sandboxId: String(id), problem, help: backup };
  }
}

/** An index keeps two sandboxes from sharing a name, or finds timeouts; so a missing index is a fault. */
function* layoutProblems(database: Database, fresh: Database): Generator<DataProblem> {
  migrate(fresh);
  const parts = (of: Database) =>
    of
      .prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
      .all()
      .map(({ type, name, sql }) => [`${type} ${name}`, String(sql).replace(/\s+/g, ' ')] as const);
  const found = new Map(parts(database));
  for (const [part, sql] of parts(fresh)) {
    if (found.get(part) === sql) continue;
    const how = found.has(part) ? 'differs from the layout of this release' : 'is missing';
    const help = 'The layout was changed by hand: undo that change, or restore a backup.';
    yield { sandboxId: null, problem: `The ${part} ${how}.`, help };
  }
}

function* nameProblems(database: Database): Generator<DataProblem> {
  const shared = database.prepare(
    `SELECT namespace, name, json_group_array(id) AS ids FROM sandboxes
     WHERE name IS NOT NULL AND status <> 'terminated' GROUP BY namespace, name HAVING count(*) > 1`,
  );
  for (const { namespace, name, ids } of shared.all()) {
    const holders = (JSON.parse(String(ids)) as string[]).sort().join(', ');
    const problem = `Several living sandboxes share the name ${JSON.stringify(name)} in namespace ${namespace}: ${holders}.`;
    yield { sandboxId: null, problem, help: 'Rename or terminate all but one of them, by their ids.' };
  }
}
