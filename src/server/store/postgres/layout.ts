/**
 * The tables of layout 1, for a schema that the search path names. The texts that queries compare have the collation C, so
 * that the order is the one of SQLite, whatever the collation of the database. Records are text, not `jsonb`, which
 * changes numbers and rejects some texts. Sandboxes are updated often, so their pages keep room for new versions of a row.
 *
 * Edit it in place until the first release has a tag. After the tag it never changes: append a migration.
 */
export const tables = `
  CREATE TABLE sandboxes (
    id text COLLATE "C" PRIMARY KEY,
    namespace text COLLATE "C" NOT NULL,
    name text COLLATE "C",
    status text NOT NULL,
    version integer NOT NULL,
    revision integer NOT NULL,
    created_at bigint NOT NULL,
    ended_at bigint,
    rank smallint NOT NULL,
    archived_at bigint,
    timeout_at bigint,
    unsettled smallint NOT NULL,
    released smallint NOT NULL,
    restores_from text COLLATE "C",
    schema integer NOT NULL,
    oldest_reader integer NOT NULL,
    record text NOT NULL,
    configuration text NOT NULL,
    broken text,
    holder text COLLATE "C",
    held_since bigint,
    bucket smallint NOT NULL
  ) WITH (fillfactor = 70);
  CREATE UNIQUE INDEX living_names ON sandboxes (namespace, name) WHERE name IS NOT NULL AND status <> 'terminated';
  CREATE INDEX listed ON sandboxes (namespace, rank, created_at, id);
  CREATE INDEX listed_by_name ON sandboxes (namespace, name, rank, created_at, id) WHERE name IS NOT NULL;
  CREATE INDEX timeouts ON sandboxes (timeout_at)
    WHERE timeout_at IS NOT NULL AND (status <> 'suspended' OR unsettled = 1);
  CREATE INDEX discards ON sandboxes (timeout_at)
    WHERE timeout_at IS NOT NULL AND status = 'suspended' AND unsettled = 0;
  CREATE INDEX unsettled_sandboxes ON sandboxes (id) WHERE unsettled = 1;
  CREATE INDEX living_sandboxes ON sandboxes (id) WHERE status NOT IN ('pending', 'terminated');
  CREATE INDEX restoring ON sandboxes (restores_from) WHERE restores_from IS NOT NULL;
  CREATE INDEX ended_sandboxes ON sandboxes (rank, ended_at) WHERE status = 'terminated' AND released = 1 AND broken IS NULL;
  CREATE INDEX deleting_sandboxes ON sandboxes (id) WHERE rank = -2;
  CREATE INDEX broken_sandboxes ON sandboxes (id) WHERE broken IS NOT NULL;

  CREATE TABLE metadata (
    namespace text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    sandbox_id text COLLATE "C" NOT NULL REFERENCES sandboxes (id),
    PRIMARY KEY (sandbox_id, key)
  );
  CREATE INDEX found_by_metadata ON metadata (namespace, key, md5(value), sandbox_id);

  CREATE TABLE facts (name text PRIMARY KEY, value text NOT NULL);
  CREATE TABLE position (last bigint NOT NULL);
  INSERT INTO position VALUES (0);
  CREATE TABLE policies (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, policy text NOT NULL UNIQUE);
  CREATE TABLE history (
    sequence bigint PRIMARY KEY,
    namespace text COLLATE "C" NOT NULL,
    sandbox_id text COLLATE "C" NOT NULL REFERENCES sandboxes (id),
    version integer NOT NULL,
    from_status text,
    to_status text NOT NULL,
    at bigint NOT NULL,
    actor text NOT NULL,
    cause text NOT NULL,
    policy integer NOT NULL REFERENCES policies (id),
    event text NOT NULL,
    schema integer NOT NULL,
    oldest_reader integer NOT NULL,
    record text NOT NULL,
    first_kept smallint NOT NULL DEFAULT 0
  );
  CREATE UNIQUE INDEX history_of_sandbox ON history (sandbox_id, version);
  CREATE INDEX history_of_namespace ON history (namespace, sequence);
  CREATE TABLE deleted_history (namespace text COLLATE "C" PRIMARY KEY, last bigint NOT NULL);
  CREATE FUNCTION note_deleted_history() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO deleted_history AS noted SELECT namespace, max(sequence) FROM deleted GROUP BY namespace
      ON CONFLICT (namespace) DO UPDATE SET last = greatest(noted.last, excluded.last);
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_deleted_history AFTER DELETE ON history REFERENCING OLD TABLE AS deleted
    FOR EACH STATEMENT EXECUTE FUNCTION note_deleted_history();

  CREATE TABLE snapshots (
    id text COLLATE "C" PRIMARY KEY,
    namespace text COLLATE "C" NOT NULL,
    sandbox_id text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    status text NOT NULL,
    deleted_at bigint,
    garbage smallint NOT NULL,
    record text NOT NULL
  );
  CREATE INDEX newest_snapshots ON snapshots (namespace, created_at, id) WHERE deleted_at IS NULL;
  CREATE INDEX settled_snapshots ON snapshots (created_at, id)
    WHERE deleted_at IS NULL AND status IN ('completed', 'failed');
  CREATE INDEX completed_snapshots ON snapshots (sandbox_id, created_at, id) WHERE deleted_at IS NULL AND status = 'completed';
  CREATE INDEX snapshots_of_namespace ON snapshots (namespace);
  CREATE INDEX garbage_snapshots ON snapshots (id) WHERE garbage = 1;
  CREATE INDEX deleted_snapshots ON snapshots (deleted_at) WHERE deleted_at IS NOT NULL;

  CREATE TABLE responses (
    namespace text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint text NOT NULL,
    at bigint NOT NULL,
    result text NOT NULL,
    PRIMARY KEY (namespace, key)
  );
  CREATE INDEX oldest_responses ON responses (at);

  CREATE TABLE namespace_counts (
    namespace text COLLATE "C" PRIMARY KEY,
    living bigint NOT NULL,
    snapshots bigint NOT NULL
  );
  CREATE FUNCTION count_in_namespace(subject text, more_living integer, more_snapshots integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO namespace_counts AS counts VALUES (subject, more_living, more_snapshots) ON CONFLICT (namespace) DO UPDATE
      SET living = counts.living + more_living, snapshots = counts.snapshots + more_snapshots;
    DELETE FROM namespace_counts WHERE namespace = subject AND living = 0 AND snapshots = 0;
  $$;
  CREATE FUNCTION count_sandbox() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      PERFORM count_in_namespace(NEW.namespace, 1, 0);
    ELSE
      PERFORM count_in_namespace(OLD.namespace, -1, 0);
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER count_living_sandbox AFTER INSERT ON sandboxes FOR EACH ROW
    WHEN (NEW.status <> 'terminated') EXECUTE FUNCTION count_sandbox();
  CREATE TRIGGER count_ended_sandbox AFTER UPDATE OF status ON sandboxes FOR EACH ROW
    WHEN (OLD.status <> 'terminated' AND NEW.status = 'terminated') EXECUTE FUNCTION count_sandbox();
  CREATE TRIGGER count_deleted_living_sandbox AFTER DELETE ON sandboxes FOR EACH ROW
    WHEN (OLD.status <> 'terminated') EXECUTE FUNCTION count_sandbox();
  CREATE FUNCTION count_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      PERFORM count_in_namespace(NEW.namespace, 0, 1);
    ELSE
      PERFORM count_in_namespace(OLD.namespace, 0, -1);
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER count_new_snapshot AFTER INSERT ON snapshots FOR EACH ROW
    WHEN (NEW.deleted_at IS NULL) EXECUTE FUNCTION count_snapshot();
  CREATE TRIGGER count_hidden_snapshot AFTER UPDATE OF deleted_at ON snapshots FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION count_snapshot();
  CREATE TRIGGER count_deleted_snapshot AFTER DELETE ON snapshots FOR EACH ROW
    WHEN (OLD.deleted_at IS NULL) EXECUTE FUNCTION count_snapshot();

  CREATE TABLE layout (version integer NOT NULL, oldest_reader integer NOT NULL);
`;
