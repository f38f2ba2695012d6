CREATE INDEX CONCURRENTLY people_mail ON people (mail);
CREATE TABLE new (id int);
CREATE INDEX new_id ON new (id);
