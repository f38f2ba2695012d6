-- The exact range of a finding, and how it was reached.
ALTER TABLE finding ADD COLUMN end_line INTEGER;
ALTER TABLE finding ADD COLUMN end_col INTEGER;
ALTER TABLE finding ADD COLUMN trail TEXT;
