SET lock_timeout = '2s';
ALTER TABLE people ADD COLUMN note text;
COMMENT ON TABLE people IS 'x';
