-- 3.4 of 4 GB that the cgroup allows.
INSERT INTO host_sample (run_id, target_id, at_us, cpus, mem_total, mem_available, mem_limit, mem_limit_source, oom_kills) VALUES
  (1, 5, 1790000000000000, 4, 8589934592, 1000000000, 4294967296, 'cgroup memory.max', 0);
INSERT INTO process_program (run_id, target_id, at_us, program, processes_declared, processes_running) VALUES
  (1, 4, 1790000000000000, 'bot', 2, 2), (1, 4, 1790000000000000, 'coordinator', 1, 1);
INSERT INTO process_sample (run_id, target_id, at_us, program, process, pid, started_us, pss_bytes) VALUES
  (1, 4, 1790000000000000, 'bot', 'bot_0', 10, 1789990000000000, 1600000000),
  (1, 4, 1790000000000000, 'bot', 'bot_1', 11, 1789990000000000, 1600000000),
  (1, 4, 1790000000000000, 'coordinator', 'coordinator', 12, 1789990000000000, 460000000);
