import type { Row } from '../../rows.ts';
import type { DataProblem } from './problem.ts';

/** A query that returns the wrong numbers in one table of counts. SQLite and PostgreSQL both run it. */
interface CountCheck {
  readonly sql: string;
  readonly problemOf: (row: Row) => DataProblem;
}

/** The checks of the numbers that triggers keep: of sandboxes in a status, and of living sandboxes and snapshots in a namespace. */
export const countChecks: readonly CountCheck[] = [
  {
    sql: `SELECT status, sum(found) AS found, sum(kept) AS kept FROM (
        SELECT status, 1 AS found, 0 AS kept FROM sandboxes UNION ALL SELECT status, 0, count FROM status_counts
      ) AS counts GROUP BY status HAVING sum(found) <> sum(kept) ORDER BY status`,
    problemOf: ({ status, found, kept }) => ({
      sandboxId: null,
      problem: `The table status_counts has ${kept} ${status} sandboxes, but there are ${found}.`,
      help: 'The server runs with it, but shows wrong numbers; a backup shows the right ones.',
    }),
  },
  {
    sql: `SELECT namespace, sum(living) AS living, sum(snapshots) AS snapshots, sum(kept_living) AS kept_living,
        sum(kept_snapshots) AS kept_snapshots FROM (
        SELECT namespace, 1 AS living, 0 AS snapshots, 0 AS kept_living, 0 AS kept_snapshots FROM sandboxes WHERE status <> 'terminated'
        UNION ALL SELECT namespace, 0, 1, 0, 0 FROM snapshots WHERE deleted_at IS NULL
        UNION ALL SELECT namespace, 0, 0, living, snapshots FROM namespace_counts
      ) AS counts GROUP BY namespace
      HAVING sum(living) <> sum(kept_living) OR sum(snapshots) <> sum(kept_snapshots) ORDER BY namespace`,
    problemOf: ({ namespace, living, snapshots, kept_living, kept_snapshots }) => ({
      sandboxId: null,
      problem: `The table namespace_counts has ${kept_living} living sandboxes and ${kept_snapshots} snapshots of namespace ${namespace}, but there are ${living} and ${snapshots}.`,
      help: 'The server runs with it, but its quotas allow too many or too few; a backup has the right numbers.',
    }),
  },
];
