BEGIN;
ALTER TABLE people ADD COLUMN note text;
COMMIT;
CREATE INDEX CONCURRENTLY people_mail ON people (mail);
