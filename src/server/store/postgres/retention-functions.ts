/**
 * The functions of retention. Each is one transaction, changes at most about `most` rows, and takes the lock of the commits
 * first, so that no commit changes what it looks at, and a server that another one replaced deletes nothing. The statement that
 * writes repeats the evidence, because a record is set aside without that lock. The ranks of sandboxes are in `paging.ts`: 0 ended,
 * -1 archived, -2 the deletion has begun.
 */
export const retentionFunctions = `
  CREATE FUNCTION archive_sandboxes(lock_key bigint, expected_writer text, before bigint, present bigint, most integer)
      RETURNS integer LANGUAGE plpgsql AS $$
  DECLARE
    archived integer;
  BEGIN
    PERFORM must_be_writer(lock_key, expected_writer);
    UPDATE sandboxes SET rank = -1, archived_at = present
      WHERE rank = 0 AND status = 'terminated' AND released = 1 AND broken IS NULL AND id IN (
        SELECT id FROM sandboxes WHERE rank = 0 AND status = 'terminated' AND released = 1 AND broken IS NULL
          AND ended_at < before ORDER BY ended_at LIMIT most);
    GET DIAGNOSTICS archived = ROW_COUNT;
    RETURN archived;
  END $$;

  CREATE FUNCTION delete_archived(lock_key bigint, expected_writer text, before bigint, most integer)
      RETURNS integer LANGUAGE plpgsql AS $$
  DECLARE
    subject text;
    changed integer;
    total integer := 0;
  BEGIN
    PERFORM must_be_writer(lock_key, expected_writer);
    WHILE total < most LOOP
      SELECT id INTO subject FROM sandboxes WHERE rank = -2 ORDER BY id LIMIT 1;
      IF FOUND THEN
        DELETE FROM history WHERE sequence IN
          (SELECT sequence FROM history WHERE sandbox_id = subject ORDER BY version DESC LIMIT most - total);
        GET DIAGNOSTICS changed = ROW_COUNT;
        total := total + changed;
        EXIT WHEN total >= most;
        DELETE FROM sandboxes WHERE id = subject;
        total := total + 1;
      ELSE
        SELECT id INTO subject FROM sandboxes WHERE rank = -1 AND status = 'terminated' AND released = 1 AND broken IS NULL
          AND ended_at < before ORDER BY ended_at LIMIT 1;
        EXIT WHEN NOT FOUND;
        UPDATE sandboxes SET rank = -2
          WHERE id = subject AND rank = -1 AND status = 'terminated' AND released = 1 AND broken IS NULL;
        CONTINUE WHEN NOT FOUND;
        DELETE FROM metadata WHERE sandbox_id = subject;
        GET DIAGNOSTICS changed = ROW_COUNT;
        total := total + changed + 1;
      END IF;
    END LOOP;
    RETURN total;
  END $$;

  CREATE FUNCTION cut_history(lock_key bigint, expected_writer text, subject text, first integer)
      RETURNS integer LANGUAGE plpgsql AS $$
  DECLARE
    cut integer;
  BEGIN
    PERFORM must_be_writer(lock_key, expected_writer);
    UPDATE history SET first_kept = 1 WHERE sandbox_id = subject AND version = first;
    IF NOT FOUND THEN
      RETURN 0;
    END IF;
    DELETE FROM history WHERE sandbox_id = subject AND version < first;
    GET DIAGNOSTICS cut = ROW_COUNT;
    RETURN cut;
  END $$;

  CREATE FUNCTION forget_responses(lock_key bigint, expected_writer text, before bigint, most integer)
      RETURNS integer LANGUAGE plpgsql AS $$
  DECLARE
    forgotten integer;
  BEGIN
    PERFORM must_be_writer(lock_key, expected_writer);
    DELETE FROM responses WHERE (namespace, key) IN
      (SELECT namespace, key FROM responses WHERE at < before ORDER BY at LIMIT most);
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
  END $$;

  CREATE FUNCTION forget_snapshots(lock_key bigint, expected_writer text, before bigint, most integer)
      RETURNS integer LANGUAGE plpgsql AS $$
  DECLARE
    forgotten integer;
  BEGIN
    PERFORM must_be_writer(lock_key, expected_writer);
    DELETE FROM snapshots WHERE id IN
      (SELECT id FROM snapshots WHERE deleted_at < before AND garbage = 0 ORDER BY deleted_at LIMIT most);
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
  END $$;

  CREATE FUNCTION is_object(content text) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    RETURN json_typeof(content::json) = 'object';
  EXCEPTION WHEN OTHERS THEN
    RETURN false;
  END $$;
`;
