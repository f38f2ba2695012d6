INSERT INTO host_sample (run_id, target_id, at_us, cpus, mem_total, psi_cpu_avg10, nr_periods, nr_throttled) VALUES
  (1, 5, 1790000000000000, 2, 8589934592, 65, 0, 0), (1, 5, 1790000600000000, 2, 8589934592, 30, 0, 0);
