CREATE UNIQUE INDEX CONCURRENTLY people_mail ON people (mail);
ALTER TABLE people ADD CONSTRAINT people_mail UNIQUE USING INDEX people_mail;
