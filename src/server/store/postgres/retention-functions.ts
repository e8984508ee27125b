/**
 * The functions of retention. Each is one transaction and changes at most about `most` rows. The ranks of sandboxes are in
 * `paging.ts`: 0 ended, -1 archived, -2 the deletion has begun.
 */
export const retentionFunctions = `
  CREATE FUNCTION archive_sandboxes(before bigint, present bigint, most integer) RETURNS integer LANGUAGE plpgsql AS $$
  DECLARE
    archived integer;
  BEGIN
    UPDATE sandboxes SET rank = -1, archived_at = present WHERE rank = 0 AND id IN (
      SELECT id FROM sandboxes WHERE rank = 0 AND status = 'terminated' AND released = 1 AND broken IS NULL
        AND ended_at < before ORDER BY ended_at LIMIT most);
    GET DIAGNOSTICS archived = ROW_COUNT;
    RETURN archived;
  END $$;

  CREATE FUNCTION delete_archived(before bigint, most integer) RETURNS integer LANGUAGE plpgsql AS $$
  DECLARE
    subject text;
    changed integer;
    total integer := 0;
  BEGIN
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
        DELETE FROM metadata WHERE sandbox_id = subject;
        GET DIAGNOSTICS changed = ROW_COUNT;
        UPDATE sandboxes SET rank = -2 WHERE id = subject;
        total := total + changed + 1;
      END IF;
    END LOOP;
    RETURN total;
  END $$;

  CREATE FUNCTION is_json(content text) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM content::json;
    RETURN true;
  EXCEPTION WHEN OTHERS THEN
    RETURN false;
  END $$;

  CREATE FUNCTION cut_history(subject text, kept integer, most integer) RETURNS integer LANGUAGE plpgsql AS $$
  DECLARE
    lowest integer;
    highest integer;
    cut integer;
  BEGIN
    SELECT min(version), max(version) INTO lowest, highest FROM history WHERE sandbox_id = subject;
    cut := least(highest - lowest + 1 - kept, most);
    -- The history cannot begin with a row that cannot be read.
    WHILE cut > 0 LOOP
      UPDATE history SET first_kept = 1 WHERE sandbox_id = subject AND version = lowest + cut 
        AND is_json(record) AND is_json(event);
      IF FOUND THEN
        DELETE FROM history WHERE sandbox_id = subject AND version < lowest + cut;
        RETURN cut;
      END IF;
      cut := cut - 1;
    END LOOP;
    RETURN 0;
  END $$;
`;
