-- a migration with readers behind it, one that is alone, one that just came, and a row lock
INSERT INTO pg_blocking (run_id, target_id, at_us, application, role, blocker, blocker_role, blocker_state, wait_ms, blocker_xact_ms, blocker_state_ms, relation, mode, waiting) VALUES
  (1, 1, 1790000600000000, 'migrate', 'app', 'report', 'app', 'idle in transaction', 42000, 42500, 42000, 'messages', 'AccessExclusiveLock', 7),
  (1, 1, 1790000600000000, 'bot', 'app', 'report', 'app', 'idle in transaction', 30000, 30500, 30000, 'messages', 'AccessShareLock', 7),
  (1, 1, 1790000600000000, 'migrate', 'app', 'report', 'app', 'idle in transaction', 9000, 9500, 9000, 'profiles', 'AccessExclusiveLock', 1),
  (1, 1, 1790000600000000, 'migrate', 'app', 'report', 'app', 'idle in transaction', 900, 1400, 900, 'likes', 'AccessExclusiveLock', 3),
  (1, 1, 1790000600000000, 'bot', 'app', 'report', 'app', 'idle in transaction', 60000, 60500, 60000, 'sessions', 'RowExclusiveLock', 4),
  (1, 1, 1790000600000000, 'worker', 'app', 'report', 'app', 'idle in transaction', 60000, 60500, 60000, NULL, 'ShareLock', NULL);
