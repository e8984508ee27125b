import type { Database } from './database.ts';
import { presentMark } from './examine.ts';
import type { Mark } from './high-water-mark.ts';

/** How far the sequences jump after a restore: more than any server can have written since its last mark. */
const jump = 1_000_000_000;

/**
 * Continues the history of a restored database with sequences that no client has seen. Else a client that returns with a
 * sequence from before the restore would miss the changes that got the same sequences again. `mark` is the one from before
 * the database was opened. Does nothing when the database has not gone back, which a missing mark cannot show.
 */
export function skipSequences(database: Database, mark: Mark | 'unreadable' | undefined): void {
  const found = presentMark(database)?.sequence ?? 0;
  const known = typeof mark === 'object' ? mark.sequence : Number.POSITIVE_INFINITY;
  if (found === 0 || known <= found) return;
  const next = (known === Number.POSITIVE_INFINITY ? found : known) + jump;
  database.exec('BEGIN IMMEDIATE');
  database.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'history'").run(next);
  // The history of every namespace has a gap up to there.
  database
    .prepare(
      "INSERT INTO deleted_history (namespace, last) VALUES ('', ?) ON CONFLICT (namespace) DO UPDATE SET last = excluded.last",
    )
    .run(next);
  database.exec('COMMIT');
}
