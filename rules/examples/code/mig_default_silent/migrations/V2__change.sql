ALTER TABLE people ADD COLUMN seen timestamptz DEFAULT now();
