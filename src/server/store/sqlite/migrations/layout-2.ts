import type { SandboxEvent } from '../../../../model/events.ts';
import type { Sandbox } from '../../../../model/sandbox.ts';
import { follow } from '../../replay.ts';
import type { Created } from '../../store.ts';
import type { Database } from '../database.ts';

/**
 * The second layout: broken rows can be set aside, records say of which schema they are, the history is in the order of
 * the commits and says who did what under which policy, answers are kept under their idempotency keys, and what failed
 * snapshots hold is removed.
 */
export function layout2(database: Database): void {
  database.exec(`
    ALTER TABLE sandboxes ADD COLUMN schema INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE sandboxes ADD COLUMN broken TEXT;

    ALTER TABLE snapshots ADD COLUMN garbage INTEGER NOT NULL DEFAULT 0;
    UPDATE snapshots SET garbage = 1
      WHERE deleted = 1 OR CASE WHEN json_valid(record) THEN json_extract(record, '$.status') = 'failed' ELSE 0 END;
    CREATE INDEX garbage_snapshots ON snapshots (id) WHERE garbage = 1;

    ALTER TABLE history RENAME TO history_1;
    CREATE TABLE policies (id INTEGER PRIMARY KEY, policy TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE history (
      sequence INTEGER PRIMARY KEY,
      namespace TEXT NOT NULL,
      sandbox_id TEXT NOT NULL REFERENCES sandboxes (id),
      version INTEGER NOT NULL,
      from_status TEXT,
      to_status TEXT NOT NULL,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      cause TEXT NOT NULL,
      policy INTEGER REFERENCES policies (id),
      event TEXT NOT NULL,
      schema INTEGER NOT NULL,
      record TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX history_of_sandbox ON history (sandbox_id, version);
    CREATE INDEX history_of_namespace ON history (namespace, sequence);

    CREATE TABLE answers (
      namespace TEXT NOT NULL,
      key TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      at INTEGER NOT NULL,
      answer TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX answers_by_key ON answers (namespace, key);
    CREATE INDEX oldest_answers ON answers (at);
  `);
  copyHistory(database);
  database.exec('DROP TABLE history_1');
}

/**
 * The first layout kept the events alone. The records between them are what the default policy makes of them: which
 * other one was read, nobody wrote down. The last is the record that is there. What cannot be read is left out, so that
 * one broken row keeps no server from starting; a check of the history finds the gap.
 */
function copyHistory(database: Database): void {
  const sandboxes = database.prepare(
    'SELECT id, namespace, version, record FROM sandboxes ORDER BY created_at, id',
  );
  const rowsOf = database.prepare('SELECT * FROM history_1 WHERE sandbox_id = ? ORDER BY version');
  const insert = database.prepare(
    `INSERT INTO history
       (namespace, sandbox_id, version, from_status, to_status, at, actor, cause, policy, event, schema, record)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, 1, ?)`,
  );
  for (const { id, namespace, version, record } of sandboxes.all()) {
    let sandbox: Sandbox | undefined;
    for (const row of rowsOf.all(String(id))) {
      try {
        const event = JSON.parse(String(row['event'])) as SandboxEvent | Created;
        sandbox = follow(String(id), sandbox, event, null);
        const [actor, cause] = whoDid(event);
        insert.run(
          String(namespace),
          String(id),
          Number(row['version']),
          row['from_status'] as string | null,
          String(row['to_status']),
          event.at,
          actor,
          cause,
          String(row['event']),
          row['version'] === version ? String(record) : JSON.stringify(sandbox),
        );
      } catch {
        // And so is what came after it: nothing leads there any more.
        break;
      }
    }
  }
}

function whoDid(event: SandboxEvent | Created): [actor: string, cause: string] {
  if (event.type === 'timeout') return ['clock', 'deadline'];
  if ('operation' in event) return ['platform', `operation ${event.operation}`];
  if (event.type === 'crashed') return ['platform', `operation ${event.incarnation}`];
  return ['user', 'request'];
}
