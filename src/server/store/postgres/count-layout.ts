import { dayMs } from '../usage.ts';

/**
 * The usage of each namespace and the numbers of sandboxes by status. The commit of a row of history adds its usage, and triggers keep the
 * numbers, so that both cost the same however many sandboxes there are.
 *
 * Edit it in place until the first release has a tag. After the tag it never changes: append a migration.
 */
export const countTables = `
  CREATE TABLE usage (
    namespace text COLLATE "C" NOT NULL,
    day bigint NOT NULL,
    running bigint NOT NULL,
    running_ms bigint NOT NULL,
    suspended bigint NOT NULL,
    suspended_ms bigint NOT NULL,
    PRIMARY KEY (namespace, day)
  );
  CREATE FUNCTION write_usage(subject text, step jsonb) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    step_day bigint := (step->>'day')::bigint;
    more_running bigint := (step->>'running')::bigint;
    more_suspended bigint := (step->>'suspended')::bigint;
  BEGIN
    -- The row of a new day continues the last one before it.
    INSERT INTO usage (namespace, day, running, running_ms, suspended, suspended_ms)
      SELECT subject, step_day, coalesce(running, 0), coalesce(running_ms + running * (step_day - day) * ${dayMs}, 0),
        coalesce(suspended, 0), coalesce(suspended_ms + suspended * (step_day - day) * ${dayMs}, 0)
      FROM (SELECT 1) AS one LEFT JOIN
        (SELECT * FROM usage WHERE namespace = subject AND day < step_day ORDER BY day DESC LIMIT 1) AS earlier ON true
      ON CONFLICT DO NOTHING;
    -- An event may be older than the newest day of its namespace. It then counts in all later days too.
    UPDATE usage SET running = running + more_running,
        running_ms = running_ms + more_running * ((day + 1) * ${dayMs} - (step->>'at')::bigint),
        suspended = suspended + more_suspended,
        suspended_ms = suspended_ms + more_suspended * ((day + 1) * ${dayMs} - (step->>'at')::bigint)
      WHERE namespace = subject AND day >= step_day;
  END $$;

  CREATE TABLE status_counts (status text PRIMARY KEY, count bigint NOT NULL) WITH (fillfactor = 70);
  CREATE FUNCTION count_status() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP <> 'INSERT' THEN
      UPDATE status_counts SET count = count - 1 WHERE status = OLD.status;
    END IF;
    IF TG_OP <> 'DELETE' THEN
      INSERT INTO status_counts AS counts VALUES (NEW.status, 1) ON CONFLICT (status) DO UPDATE SET count = counts.count + 1;
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER count_new_status AFTER INSERT OR DELETE ON sandboxes FOR EACH ROW EXECUTE FUNCTION count_status();
  CREATE TRIGGER count_changed_status AFTER UPDATE OF status ON sandboxes FOR EACH ROW
    WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION count_status();
`;
