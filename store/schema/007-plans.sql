-- Plans are kept once for each shape that a statement has had, with the figures of the newest one; where they were measured, of the slowest.
CREATE TABLE pg_plan_shape (
    target_id INTEGER NOT NULL, queryid TEXT NOT NULL, plan_hash TEXT NOT NULL, is_actual INTEGER NOT NULL, plan TEXT NOT NULL,
    first_run INTEGER NOT NULL, last_run INTEGER NOT NULL, exec_ms REAL,
    PRIMARY KEY (target_id, queryid, plan_hash, is_actual)) WITHOUT ROWID;
ALTER TABLE pg_plan ADD COLUMN params TEXT;       -- of sampled plans: typical frequent rare seen; else generic, or NULL
ALTER TABLE pg_plan ADD COLUMN is_actual INTEGER NOT NULL DEFAULT 0; -- rows and times were measured: from a log or a file, method logged or imported
ALTER TABLE pg_plan ADD COLUMN exec_ms REAL;      -- of the slowest of them
ALTER TABLE pg_plan ADD COLUMN times INTEGER;     -- how many of this shape were seen in the run
CREATE INDEX pg_plan_statement ON pg_plan (target_id, queryid, run_id);
INSERT OR REPLACE INTO pg_plan_shape
SELECT target_id, queryid, plan_hash, 0, plan, min(run_id), max(run_id), NULL FROM pg_plan WHERE plan IS NOT NULL AND plan_hash IS NOT NULL
GROUP BY target_id, queryid, plan_hash;
UPDATE pg_plan SET plan = NULL WHERE plan_hash IS NOT NULL;
CREATE TRIGGER pg_plan_once AFTER INSERT ON pg_plan WHEN NEW.plan IS NOT NULL AND NEW.plan_hash IS NOT NULL BEGIN
    INSERT INTO pg_plan_shape VALUES (NEW.target_id, NEW.queryid, NEW.plan_hash, NEW.is_actual, NEW.plan, NEW.run_id, NEW.run_id, NEW.exec_ms)
    ON CONFLICT DO UPDATE SET plan = excluded.plan, last_run = excluded.last_run, exec_ms = excluded.exec_ms
    WHERE excluded.last_run > last_run OR excluded.exec_ms > exec_ms;
    UPDATE pg_plan SET plan = NULL WHERE rowid = NEW.rowid;
END;
