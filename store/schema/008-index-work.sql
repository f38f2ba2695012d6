-- The second opinion on a what-if plan: milliseconds of a processor with every page in memory; and the cost before hypothetical indexes got a height.
ALTER TABLE oracle_answer ADD COLUMN work_ms REAL;
ALTER TABLE oracle_answer ADD COLUMN raw_cost REAL;
-- What it was planned with: constants of the text, values sampled from statistics, or any parameters (generic).
ALTER TABLE oracle_answer ADD COLUMN method TEXT;
