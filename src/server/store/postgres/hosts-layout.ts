import { hostMemoryMs } from '../shared.ts';

/**
 * The tables of the hosts of a schema, and of the tasks that one of them does at a time. A host is alive while the clock of the
 * database is before `alive_until`. Instants are epoch ms.
 *
 * Edit it in place until the first release has a tag. After the tag it never changes: append a migration.
 */
export const hostTables = `
  CREATE TABLE hosts (
    name text COLLATE "C" PRIMARY KEY,
    started_at bigint NOT NULL,
    beat_at bigint NOT NULL,
    alive_until bigint NOT NULL
  );
  CREATE TABLE turns (task text COLLATE "C" PRIMARY KEY, next_at bigint NOT NULL);
  CREATE INDEX held_sandboxes ON sandboxes (holder, id) WHERE holder IS NOT NULL;
`;

/** The functions of the hosts. A trigger notes since when a sandbox has its holder. */
export const hostFunctions = `
  CREATE FUNCTION now_ms() RETURNS bigint LANGUAGE sql AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  $$;

  CREATE FUNCTION is_alive(host text) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT 1 FROM hosts WHERE name = host AND alive_until > now_ms())
  $$;

  CREATE FUNCTION note_holder() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    NEW.held_since := CASE WHEN NEW.holder IS NOT NULL THEN now_ms() END;
    RETURN NEW;
  END $$;
  CREATE TRIGGER note_first_holder BEFORE INSERT ON sandboxes FOR EACH ROW
    WHEN (NEW.holder IS NOT NULL) EXECUTE FUNCTION note_holder();
  CREATE TRIGGER note_holder BEFORE UPDATE OF holder ON sandboxes FOR EACH ROW
    WHEN (NEW.holder IS DISTINCT FROM OLD.holder) EXECUTE FUNCTION note_holder();

  CREATE FUNCTION host_heartbeat(host text, alive_ms bigint, newest_schema integer) RETURNS jsonb LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO hosts (name, started_at, beat_at, alive_until) VALUES (host, now_ms(), now_ms(), now_ms() + alive_ms)
      ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at, alive_until = excluded.alive_until;
    DELETE FROM hosts WHERE name IN
      (SELECT name FROM hosts WHERE alive_until < now_ms() - ${hostMemoryMs} ORDER BY name FOR UPDATE SKIP LOCKED);
    -- A row that this host cannot read is free for a host of another release.
    UPDATE sandboxes SET holder = NULL WHERE id IN
      (SELECT id FROM sandboxes WHERE holder = host AND (broken IS NOT NULL OR oldest_reader > newest_schema)
       ORDER BY id FOR UPDATE SKIP LOCKED);
    RETURN jsonb_build_object('now', now_ms(),
      'alive', (SELECT jsonb_agg(name ORDER BY name) FROM hosts WHERE alive_until > now_ms()),
      'holds', (SELECT coalesce(jsonb_object_agg(id, revision), '{}') FROM sandboxes
        WHERE holder = host AND broken IS NULL AND oldest_reader <= newest_schema));
  END $$;

  CREATE FUNCTION take_sandboxes(host text, most integer, newest_schema integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
  BEGIN
    IF NOT is_alive(host) THEN
      RETURN;
    END IF;
    RETURN QUERY UPDATE sandboxes SET holder = host WHERE id = ANY (ARRAY
      (SELECT s.id FROM sandboxes AS s WHERE s.unsettled = 1 AND s.broken IS NULL AND s.oldest_reader <= newest_schema
         AND NOT EXISTS (SELECT 1 FROM hosts WHERE name = s.holder AND alive_until > now_ms())
       ORDER BY s.id LIMIT most FOR UPDATE SKIP LOCKED))
      RETURNING id;
  END $$;

  CREATE FUNCTION take_turn(subject text, every_ms bigint) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    -- The time is read after the wait for the row, because another host may have taken the turn meanwhile. A turn in the far future is
    -- from before the clock of the database was set back.
    INSERT INTO turns AS t VALUES (subject, now_ms() + every_ms) ON CONFLICT (task) DO UPDATE
      SET next_at = now_ms() + every_ms WHERE t.next_at <= now_ms() OR t.next_at > now_ms() + every_ms;
    IF NOT FOUND THEN
      RETURN false;
    END IF;
    DELETE FROM turns WHERE task IN
      (SELECT task FROM turns WHERE next_at < now_ms() - 60000 ORDER BY task FOR UPDATE SKIP LOCKED);
    RETURN true;
  END $$;

  CREATE FUNCTION leave_host(host text, lock_key bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    -- Commits lock several sandboxes too, so this waits for the lock that they have.
    PERFORM pg_advisory_xact_lock(lock_key);
    DELETE FROM hosts WHERE name = host;
    UPDATE sandboxes SET holder = NULL WHERE holder = host;
  END $$;
`;
