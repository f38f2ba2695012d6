ALTER TABLE people ADD COLUMN note text;
