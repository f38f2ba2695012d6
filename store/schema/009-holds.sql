-- Transactions by their age when looked at: what the length of time that connections are held is worked out from.
CREATE TABLE pg_hold (              -- one row per interval, application, role and client address; sums over the looks of the interval
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, interval_us INTEGER,
    application TEXT NOT NULL, role TEXT, client TEXT,  -- client: address, NULL over a local socket
    burst INTEGER NOT NULL,             -- 1: looks a hundredth of a second apart, for short transactions
    looks INTEGER NOT NULL, gap_us INTEGER, -- looks at the server, and the time that lay between them
    sessions INTEGER,                   -- different ones in the interval
    connections INTEGER, in_use INTEGER, idle_in_transaction INTEGER, waiting_lock INTEGER, -- added up over the looks
    age_ms REAL, ages TEXT,             -- of the transactions that were under way, at each look: sum, and histogram (base/hist.h)
    ended_10ms INTEGER, ended_20ms INTEGER, -- idle sessions whose transaction had ended less than that before the look
    started INTEGER,                    -- transactions that were seen to have come and gone between two looks, at least
    opened INTEGER, closed INTEGER, renamed INTEGER); -- sessions that came, went, and took another application_name
ALTER TABLE pg_database_sample ADD COLUMN own_active_ms REAL; -- time that the server worked for the probe so far; part of active_ms
CREATE INDEX pg_hold_run ON pg_hold (run_id, target_id);
ALTER TABLE cache_access ADD COLUMN op TEXT;          -- get set del; NULL is get
