CREATE TABLE account (id integer PRIMARY KEY, branch integer NOT NULL, balance bigint NOT NULL);
CREATE TABLE event (account integer NOT NULL, at timestamptz NOT NULL);
INSERT INTO account SELECT i, i % 50, 1000 FROM generate_series(0, 9999) i;
VACUUM ANALYZE account;
