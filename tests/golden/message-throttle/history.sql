-- No quota: the kernel counts no periods, and only the pressure is known.
INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES
  (1, '00000000-0000-7000-8000-000000000001', 'capture', 1790000000000000, 1790000600000000, 'perfadvise dev', 'ok');
INSERT INTO target (target_id, name, kind) VALUES (5, 'host', 'host');
INSERT INTO fact_state (run_id, target_id, fact, status) VALUES (1, 5, 'fact_host', 'ok');
INSERT INTO host_sample (run_id, target_id, at_us, cpus, mem_total, psi_cpu_avg10, nr_periods, nr_throttled) VALUES
  (1, 5, 1790000000000000, 2, 8589934592, 65, 0, 0), (1, 5, 1790000600000000, 2, 8589934592, 30, 0, 0);
