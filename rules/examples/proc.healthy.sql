-- Three programs, half of the host's memory, quick starts, a Redis of 3 % of the host.
INSERT INTO host_sample (run_id, target_id, at_us, cpus, mem_total, mem_available, mem_limit, mem_limit_source, oom_kills, cpu_busy_us, cpu_total_us,
    psi_cpu_avg10, nr_periods, nr_throttled, overcommit_memory) VALUES
  (1, 5, 1790000000000000, 4, 8589934592, 4000000000, NULL, NULL, 0, 0, 0, 1.0, 0, 0, 0),
  (1, 5, 1790000600000000, 4, 8589934592, 4000000000, NULL, NULL, 0, 900000000, 2400000000, 2.0, 0, 0, 0);
INSERT INTO redis_sample (run_id, target_id, at_us, used_memory, maxmemory, total_system_memory, rdb_last_bgsave_status) VALUES
  (1, 3, 1790000600000000, 250000000, 500000000, 8589934592, 'ok');
INSERT INTO process_program (run_id, target_id, at_us, program, processes_declared, processes_running) VALUES
  (1, 4, 1790000000000000, 'bot', 2, 2), (1, 4, 1790000000000000, 'coordinator', 1, 1);
INSERT INTO process_sample (run_id, target_id, at_us, program, process, pid, started_us, pss_bytes, rss_bytes, fds, fd_limit, cpu_us) VALUES
  (1, 4, 1790000000000000, 'bot', 'bot_0', 10, 1789990000000000, 900000000, 950000000, 40, 1024, 0),
  (1, 4, 1790000000000000, 'bot', 'bot_1', 11, 1789990000000000, 900000000, 950000000, 40, 1024, 0),
  (1, 4, 1790000000000000, 'coordinator', 'coordinator', 12, 1789990000000000, 500000000, 550000000, 300, 1024, 0),
  (1, 4, 1790000600000000, 'bot', 'bot_0', 10, 1789990000000000, 900000000, 950000000, 40, 1024, 0),
  (1, 4, 1790000600000000, 'bot', 'bot_1', 11, 1789990000000000, 900000000, 950000000, 40, 1024, 0),
  (1, 4, 1790000600000000, 'coordinator', 'coordinator', 12, 1789990000000000, 500000000, 550000000, 300, 1024, 0);
INSERT INTO event_hist (run_id, target_id, at_us, interval_us, metric, program, pid, label, hist, count, sum_ms, max_ms) VALUES
  (1, 6, 1790000010000000, 10000000, 'process.ready', 'bot', 10, NULL, '320:1', 1, 1060, 1060),
  (1, 6, 1790000010000000, 10000000, 'process.ready', 'bot', 11, NULL, '320:1', 1, 1090, 1090),
  (1, 6, 1790000600000000, 600000000, 'ipc.rtt', 'bot', 10, 'coordinator', '160:900', 900, 960, 4);
