/**
 * The functions of the deletion of namespaces. Each is one transaction under the lock of the commits, so that no commit changes what it
 * looks at, and a server that another one replaced deletes nothing. A commit refuses a new sandbox in a namespace whose deletion is
 * recorded, whichever server has recorded it.
 */
export const namespaceFunctions = `
  CREATE FUNCTION record_deletion(lock_key bigint, expected_writer text, fact text, deletion text) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM must_be_writer(lock_key, expected_writer);
    IF deletion IS NULL THEN
      DELETE FROM facts WHERE name = fact;
    ELSE
      INSERT INTO facts VALUES (fact, deletion) ON CONFLICT (name) DO UPDATE SET value = excluded.value;
    END IF;
  END $$;

  CREATE FUNCTION delete_namespace_rows(lock_key bigint, expected_writer text, subject text, most integer)
      RETURNS integer LANGUAGE plpgsql AS $$
  DECLARE
    victim text;
    changed integer;
    total integer := 0;
  BEGIN
    PERFORM must_be_writer(lock_key, expected_writer);
    DELETE FROM responses WHERE namespace = subject AND key IN
      (SELECT key FROM responses WHERE namespace = subject ORDER BY key LIMIT most);
    GET DIAGNOSTICS changed = ROW_COUNT;
    total := total + changed;
    DELETE FROM snapshots WHERE id IN
      (SELECT id FROM snapshots WHERE namespace = subject AND deleted_at IS NOT NULL AND garbage = 0 LIMIT most);
    GET DIAGNOSTICS changed = ROW_COUNT;
    total := total + changed;
    -- A snapshot refers to its sandbox, so the sandboxes are deleted last.
    WHILE total < most AND NOT EXISTS (SELECT 1 FROM snapshots WHERE namespace = subject) LOOP
      -- A record is set aside without the lock of the commits, so the row is locked.
      SELECT id INTO victim FROM sandboxes WHERE namespace = subject AND rank <= 0 AND status = 'terminated' AND released = 1
        AND broken IS NULL LIMIT 1 FOR UPDATE;
      EXIT WHEN NOT FOUND;
      -- The newest rows first, so that the rest of a history still begins with its first event.
      DELETE FROM history WHERE sequence IN
        (SELECT sequence FROM history WHERE sandbox_id = victim ORDER BY version DESC LIMIT most - total);
      GET DIAGNOSTICS changed = ROW_COUNT;
      total := total + changed;
      EXIT WHEN total >= most;
      DELETE FROM metadata WHERE sandbox_id = victim;
      DELETE FROM sandboxes WHERE id = victim;
      total := total + 1;
    END LOOP;
    RETURN total;
  END $$;
`;
