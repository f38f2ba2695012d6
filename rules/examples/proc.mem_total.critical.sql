-- Half full, but the kernel killed a process while captured.
INSERT INTO host_sample (run_id, target_id, at_us, cpus, mem_total, mem_available, oom_kills) VALUES
  (1, 5, 1790000000000000, 4, 8589934592, 4000000000, 3), (1, 5, 1790000600000000, 4, 8589934592, 4000000000, 4);
INSERT INTO process_program (run_id, target_id, at_us, program, processes_declared, processes_running) VALUES (1, 4, 1790000000000000, 'bot', 1, 1);
INSERT INTO process_sample (run_id, target_id, at_us, program, process, pid, started_us, pss_bytes) VALUES
  (1, 4, 1790000000000000, 'bot', 'bot_0', 10, 1789990000000000, 4000000000);
