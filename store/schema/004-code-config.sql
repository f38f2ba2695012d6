-- Settings that configuration files give to servers and frameworks.
CREATE TABLE code_setting (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    system TEXT NOT NULL,               -- pgbouncer postgresql redis celery arq rq apscheduler gunicorn uvicorn alembic
    program TEXT, name TEXT NOT NULL, value TEXT, format TEXT, path TEXT, line INTEGER, col INTEGER, byte_start INTEGER, byte_end INTEGER, trail TEXT);
ALTER TABLE code_program ADD COLUMN declared_as TEXT; -- supervisor systemd compose procfile pm2 cron
ALTER TABLE code_program ADD COLUMN server TEXT;      -- gunicorn uvicorn celery arq rq ..., where the command tells
ALTER TABLE code_program ADD COLUMN threads INTEGER;  -- of each process
ALTER TABLE code_cache ADD COLUMN context TEXT; -- of the code that uses it: request startup script test migration module
