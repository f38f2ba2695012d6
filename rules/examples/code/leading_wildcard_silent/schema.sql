CREATE TABLE people (id bigint PRIMARY KEY, name text, mail text);
CREATE INDEX ON people USING gin (name gin_trgm_ops);
CREATE INDEX ON people USING gist (mail gist_trgm_ops);
