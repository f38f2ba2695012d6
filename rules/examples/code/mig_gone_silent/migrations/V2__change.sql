ALTER TABLE people ADD COLUMN note text;
DROP INDEX people_kind;
