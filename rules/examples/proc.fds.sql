INSERT INTO process_program (run_id, target_id, at_us, program, processes_declared, processes_running) VALUES
  (1, 4, 1790000600000000, 'busy', 1, 1), (1, 4, 1790000600000000, 'full', 1, 1), (1, 4, 1790000600000000, 'tiny', 1, 1);
INSERT INTO process_sample (run_id, target_id, at_us, program, process, pid, started_us, pss_bytes, fds, fd_limit) VALUES
  (1, 4, 1790000000000000, 'busy', 'busy', 10, 1789990000000000, 1, 900, 1024),
  (1, 4, 1790000000000000, 'full', 'full', 11, 1789990000000000, 1, 1020, 1024),
  (1, 4, 1790000000000000, 'tiny', 'tiny', 12, 1789990000000000, 1, 60, 64);
