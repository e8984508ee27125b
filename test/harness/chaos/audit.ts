/** A heartbeat of a host, or its leave. Instants are epoch ms, by the clock of the database. */
export interface Beat {
  readonly host: string;
  readonly at: number;
  readonly isLeave: boolean;
}

/** A change of the holder of a sandbox. */
export interface HolderChange {
  readonly sandboxId: string;
  readonly before: string | null;
  readonly after: string | null;
  /** Whether the sandbox has platform work. */
  readonly isUnsettled: boolean;
  readonly at: number;
}

/** The notes that triggers in the database keep, in order. */
export interface Audit {
  readonly beats: readonly Beat[];
  readonly holders: readonly HolderChange[];
}

/** Creates the triggers that note heartbeats and holders. They change nothing that a host sees. */
export const auditStatements = `
  CREATE SCHEMA audit;
  CREATE TABLE audit.beats (number bigserial, host text, at bigint, is_leave boolean);
  CREATE TABLE audit.holders (number bigserial, sandbox_id text, before text, after text, unsettled smallint, at bigint);

  CREATE FUNCTION audit.now_ms() RETURNS bigint LANGUAGE sql AS $$
    SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
  $$;
  -- A server adds random characters to the name that it gets.
  CREATE FUNCTION audit.begin_of(host text) RETURNS text LANGUAGE sql AS $$
    SELECT split_part(host, '-', 1)
  $$;
  CREATE FUNCTION audit.note_beat() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO audit.beats (host, at, is_leave)
      VALUES (audit.begin_of(coalesce(NEW.name, OLD.name)), audit.now_ms(), TG_OP = 'DELETE');
    RETURN NULL;
  END $$;
  CREATE FUNCTION audit.note_holder() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO audit.holders (sandbox_id, before, after, unsettled, at)
      VALUES (NEW.id, CASE WHEN TG_OP = 'UPDATE' THEN audit.begin_of(OLD.holder) END, audit.begin_of(NEW.holder), NEW.unsettled, audit.now_ms());
    RETURN NULL;
  END $$;

  CREATE TRIGGER audit_beat AFTER INSERT OR UPDATE OR DELETE ON sandbox_lifecycle.hosts
    FOR EACH ROW EXECUTE FUNCTION audit.note_beat();
  CREATE TRIGGER audit_first_holder AFTER INSERT ON sandbox_lifecycle.sandboxes
    FOR EACH ROW EXECUTE FUNCTION audit.note_holder();
  CREATE TRIGGER audit_holder AFTER UPDATE ON sandbox_lifecycle.sandboxes
    FOR EACH ROW WHEN (OLD.holder IS DISTINCT FROM NEW.holder) EXECUTE FUNCTION audit.note_holder();
`;

/** Reads all notes. */
export async function readAudit(run: (text: string) => Promise<Record<string, unknown>[]>): Promise<Audit> {
  const beats = await run(
    'SELECT host, at::float8 AS at, is_leave AS "isLeave" FROM audit.beats ORDER BY number',
  );
  const holders = await run(
    `SELECT sandbox_id AS "sandboxId", before, after, unsettled = 1 AS "isUnsettled", at::float8 AS at
     FROM audit.holders ORDER BY number`,
  );
  return { beats: beats as unknown as Beat[], holders: holders as unknown as HolderChange[] };
}
