-- Fact views: temporary, over the runs in temp.fact_window. Contract version 1; documented in perfadvise-history(5).
CREATE TEMP VIEW fact_state_now AS SELECT * FROM fact_state WHERE run_id IN (SELECT run_id FROM fact_window);
