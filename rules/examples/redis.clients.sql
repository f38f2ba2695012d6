INSERT INTO target (target_id, name, kind) VALUES (11, 'many', 'redis'), (12, 'refused', 'redis');
INSERT INTO redis_sample (run_id, target_id, at_us, used_memory, maxmemory, connected_clients, maxclients, rejected_connections) VALUES
  (1, 11, 1790000000000000, 1, 1, 850, 1000, 0), (1, 11, 1790000600000000, 1, 1, 700, 1000, 0),
  (1, 12, 1790000000000000, 1, 1, 100, 1000, 5), (1, 12, 1790000600000000, 1, 1, 100, 1000, 9);
