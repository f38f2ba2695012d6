-- Settings that configuration files give to servers and frameworks.
CREATE TABLE code_setting (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    system TEXT NOT NULL,               -- pgbouncer postgresql redis celery arq rq apscheduler gunicorn uvicorn alembic; python: a library's version; database: which one a file tells of
    program TEXT, name TEXT NOT NULL, value TEXT, format TEXT, path TEXT, line INTEGER, col INTEGER, byte_start INTEGER, byte_end INTEGER, trail TEXT);
ALTER TABLE code_program ADD COLUMN declared_as TEXT; -- supervisor systemd compose procfile pm2 cron
ALTER TABLE code_program ADD COLUMN server TEXT;      -- gunicorn uvicorn celery arq rq ..., where the command tells
ALTER TABLE code_program ADD COLUMN threads INTEGER;  -- of each process
ALTER TABLE code_cache ADD COLUMN context TEXT; -- of the code that uses it: request startup script test migration module
CREATE TABLE code_decision (        -- every place that has a say in an argument of a pool
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    pool TEXT, knob TEXT NOT NULL,
    rank INTEGER,                   -- 0 counts most
    role TEXT NOT NULL,             -- decides; possible: one of several; example: a file that shows what is expected; default: unless that is
                                    -- followed; overridden; use: where the pool gets it; setting: of no pool that could be followed
    value TEXT, path TEXT, format TEXT, key_path TEXT, line INTEGER, col INTEGER, byte_start INTEGER, byte_end INTEGER, decided_by TEXT, trail TEXT);
