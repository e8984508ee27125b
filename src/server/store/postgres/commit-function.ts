import { deletionPrefix } from './namespace-queries.ts';

/**
 * The functions that write commits. One call writes a batch, in one transaction and under one lock, so that the sequences
 * of history follow the order of the commits for every reader. Each commit is in a block of its own: an error undoes that
 * commit alone, and is in the result at its place. The input is an array of `PlainCommit` (see plain-commit.ts).
 *
 * The codes of refused commits: SL001 the sandbox has changed, SL002 the snapshot has changed, SL003 the snapshot cannot be
 * restored, SL004 the key has a response, SL006 a quota of the namespace is reached, SL007 the namespace is being
 * deleted. The name of another living sandbox violates the index `living_names`. SL005 ends
 * the whole batch: another server has taken over the data.
 */
export const commitFunctions = `
  CREATE FUNCTION write_sandbox(s jsonb) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE
    new_holder text;
  BEGIN
    IF s->'expected' = 'null' THEN
      PERFORM 1 FROM facts WHERE name = '${deletionPrefix}' || (s->>'namespace');
      IF FOUND THEN
        RAISE EXCEPTION 'deleting' USING ERRCODE = 'SL007';
      END IF;
      INSERT INTO sandboxes (id, namespace, name, status, version, revision, created_at, ended_at, rank, timeout_at, unsettled,
          released, restores_from, schema, oldest_reader, record, configuration, bucket, holder)
        VALUES (s->>'id', s->>'namespace', s->>'name', s->>'status', (s->>'version')::integer, (s->>'revision')::integer,
          (s->>'createdAt')::bigint, (s->>'endedAt')::bigint, (s->>'rank')::smallint, (s->>'timeoutAt')::bigint, (s->>'unsettled')::smallint, (s->>'released')::smallint,
          s->>'restoresFrom', (s->>'schema')::integer, (s->>'oldestReader')::integer, s->>'record', s->>'configuration',
          (s->>'bucket')::smallint,
          CASE WHEN (s->>'unsettled')::smallint = 1 THEN s->>'host' END)
        ON CONFLICT (id) DO NOTHING RETURNING holder INTO new_holder;
    ELSE
      UPDATE sandboxes SET name = s->>'name', status = s->>'status', version = (s->>'version')::integer,
          revision = (s->>'revision')::integer, ended_at = (s->>'endedAt')::bigint,
          -- An archived sandbox that is not released any more is in the list again.
          rank = CASE WHEN s->>'released' = '1' THEN least(rank, (s->>'rank')::smallint) ELSE (s->>'rank')::smallint END,
          archived_at = CASE WHEN s->>'released' = '1' THEN archived_at END, timeout_at = (s->>'timeoutAt')::bigint,
          unsettled = (s->>'unsettled')::smallint, released = (s->>'released')::smallint,
          restores_from = s->>'restoresFrom', schema = (s->>'schema')::integer,
          oldest_reader = (s->>'oldestReader')::integer, record = s->>'record',
          configuration = coalesce(s->>'configuration', configuration), holder = CASE
            WHEN (s->>'unsettled')::smallint = 0 THEN CASE WHEN unsettled = 0 THEN holder END
            WHEN s->>'host' IS NULL OR is_alive(holder) THEN holder
            ELSE s->>'host' END
        WHERE id = s->>'id' AND version = (s->'expected'->>0)::integer
          AND revision = (s->'expected'->>1)::integer AND rank > -2 AND broken IS NULL
        RETURNING holder INTO new_holder;
    END IF;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'conflict' USING ERRCODE = 'SL001';
    END IF;
    IF s->'metadata' <> 'null' THEN
      DELETE FROM metadata WHERE sandbox_id = s->>'id';
      INSERT INTO metadata (namespace, key, value, sandbox_id)
        SELECT s->>'namespace', pair->>0, pair->>1, s->>'id' FROM jsonb_array_elements(s->'metadata') AS pair;
    END IF;
    RETURN new_holder;
  END $$;

  CREATE FUNCTION write_history(h jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE
    policy_id integer;
    number bigint;
  BEGIN
    SELECT id INTO policy_id FROM policies WHERE policy = h->>'policy';
    IF NOT FOUND THEN
      INSERT INTO policies (policy) VALUES (h->>'policy') RETURNING id INTO policy_id;
    END IF;
    UPDATE position SET last = last + 1 RETURNING last INTO number;
    INSERT INTO history (sequence, namespace, sandbox_id, version, from_status, to_status, at, actor, cause, policy, event,
        schema, oldest_reader, record)
      VALUES (number, h->>'namespace', h->>'sandboxId', (h->>'version')::integer, h->>'from', h->>'to', (h->>'at')::bigint,
        h->>'actor', h->>'cause', policy_id, h->>'event', (h->>'schema')::integer,
        (h->>'oldestReader')::integer, h->>'record');
    IF h ? 'usage' THEN
      PERFORM write_usage(h->>'namespace', h->'usage');
    END IF;
    RETURN number;
  END $$;

  CREATE FUNCTION write_snapshot(c jsonb) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    subject text := coalesce(c->'snapshot'->>'id', c->'deletedSnapshot'->>'id');
    present text;
  BEGIN
    IF c ? 'snapshotBefore' THEN
      SELECT record INTO present FROM snapshots WHERE id = subject;
      IF present IS DISTINCT FROM (c->>'snapshotBefore') THEN
        RAISE EXCEPTION 'conflict' USING ERRCODE = 'SL002';
      END IF;
    END IF;
    IF c ? 'restoredFrom' THEN
      PERFORM 1 FROM snapshots WHERE id = c->>'restoredFrom' AND deleted_at IS NULL
        AND status IN ('completed', 'local_ready');
      IF NOT FOUND THEN
        RAISE EXCEPTION 'not restorable' USING ERRCODE = 'SL003';
      END IF;
    END IF;
    IF c ? 'snapshot' THEN
      INSERT INTO snapshots (id, namespace, sandbox_id, created_at, status, garbage, record)
        VALUES (subject, c->'snapshot'->>'namespace', c->'snapshot'->>'sandboxId', (c->'snapshot'->>'createdAt')::bigint, c->'snapshot'->>'status',
          CASE WHEN c->'snapshot'->>'status' = 'failed' THEN 1 ELSE 0 END, c->'snapshot'->>'record')
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, record = excluded.record,
          garbage = greatest(snapshots.garbage, excluded.garbage);
    END IF;
    IF c ? 'deletedSnapshot' THEN
      UPDATE snapshots SET deleted_at = (c->'deletedSnapshot'->>'at')::bigint, garbage = 1
        WHERE id = c->'deletedSnapshot'->>'id' AND deleted_at IS NULL;
    END IF;
  END $$;

  CREATE FUNCTION write_response(r jsonb) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO responses (namespace, key, fingerprint, at, result)
      VALUES (r->>'namespace', r->>'key', r->>'fingerprint', (r->>'at')::bigint, r->>'result') ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'used' USING ERRCODE = 'SL004';
    END IF;
  END $$;

  CREATE FUNCTION check_quotas(q jsonb) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM 1 FROM namespace_counts WHERE namespace = q->>'namespace' AND living > (q->>'livingSandboxes')::bigint;
    IF FOUND THEN
      RAISE EXCEPTION 'living sandboxes' USING ERRCODE = 'SL006';
    END IF;
    PERFORM 1 FROM namespace_counts WHERE namespace = q->>'namespace' AND snapshots > (q->>'snapshots')::bigint;
    IF FOUND THEN
      RAISE EXCEPTION 'snapshots' USING ERRCODE = 'SL006';
    END IF;
  END $$;

  CREATE FUNCTION write_commit(c jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE
    h jsonb;
    holder text;
    number bigint;
  BEGIN
    PERFORM write_snapshot(c);
    IF c ? 'sandbox' THEN
      holder := write_sandbox(c->'sandbox');
    END IF;
    IF c ? 'response' THEN
      PERFORM write_response(c->'response');
    END IF;
    IF c ? 'quotas' THEN
      PERFORM check_quotas(c->'quotas');
    END IF;
    FOR h IN SELECT * FROM jsonb_array_elements(c->'history') LOOP
      number := write_history(h);
    END LOOP;
    RETURN jsonb_build_object('sequence', number, 'holder', holder);
  END $$;

  CREATE FUNCTION must_be_writer(lock_key bigint, expected_writer text) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock(lock_key);
    PERFORM 1 FROM facts WHERE name = 'writer' AND value = expected_writer;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'superseded' USING ERRCODE = 'SL005';
    END IF;
  END $$;

  CREATE FUNCTION write_batch(lock_key bigint, expected_writer text, batch jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE
    c jsonb;
    results jsonb := '[]';
    violated text;
  BEGIN
    PERFORM must_be_writer(lock_key, expected_writer);
    FOR c IN SELECT * FROM jsonb_array_elements(batch) LOOP
      BEGIN
        results := results || write_commit(c);
      EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
        results := results || jsonb_build_object('code', SQLSTATE, 'message', SQLERRM, 'constraint', violated);
      END;
    END LOOP;
    RETURN results;
  END $$;
`;
