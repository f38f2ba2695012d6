-- One program of two processes: its pool waits, one statement takes most of the time, the server takes 97 connections.
INSERT INTO run (run_id, uuid, kind, label, started_us, ended_us, tool, outcome) VALUES
    (1, 'u1', 'capture', 'evening', 1700000000000000, 1700000060000000, 'perfadvise', 'ok');
INSERT INTO target (target_id, name, kind, identity) VALUES (1, 'main', 'postgres', '7/16384'), (2, 'source', 'source', NULL), (3, 'fleet', 'supervisor', NULL), (4, 'app', 'events', NULL);
INSERT INTO pg_server (run_id, target_id, at_us, version_num, database, started_us, is_local) VALUES (1, 1, 1700000060000000, 150020, 'shop', 1690000000000000, 1);
INSERT INTO pg_setting (run_id, target_id, at_us, name, value) VALUES (1, 1, 1700000060000000, 'max_connections', '100'), (1, 1, 1700000060000000, 'superuser_reserved_connections', '3');
INSERT INTO pg_statement_text (target_id, queryid, fingerprint, fingerprint_version, query, kind) VALUES
    (1, '11', 'aaaa', 'v', 'SELECT * FROM orders WHERE customer = $1', 'select'), (1, '12', 'bbbb', 'v', 'UPDATE stock SET n = n - $1', 'update');
INSERT INTO pg_statement (run_id, target_id, at_us, edge, role, toplevel, queryid, calls, rows, total_ms, mean_ms, min_ms, max_ms, stddev_ms) VALUES
    (1, 1, 1700000000000000, 'begin', 'u', 1, '11', 0, 0, 0, 0, 0, 0, 0), (1, 1, 1700000060000000, 'end', 'u', 1, '11', 6000, 6000, 54000, 9, 1, 90, 1),
    (1, 1, 1700000000000000, 'begin', 'u', 1, '12', 0, 0, 0, 0, 0, 0, 0), (1, 1, 1700000060000000, 'end', 'u', 1, '12', 600, 600, 6000, 10, 1, 20, 1);
INSERT INTO process_program (run_id, target_id, at_us, program, processes_declared, processes_running) VALUES (1, 3, 1700000060000000, 'shop', 2, 2);
INSERT INTO code_file (run_id, target_id, at_us, path, module, language, bytes, lines) VALUES (1, 2, 1700000060000000, 'shop.py', 'shop', 'python', 900, 40);
INSERT INTO code_program (run_id, target_id, at_us, program, processes, command, entry_path, entry_module, path, line, modules) VALUES
    (1, 2, 1700000060000000, 'shop', 2, 'python3 shop.py', 'shop.py', 'shop', 'supervisord.conf', 1, '["shop"]');
INSERT INTO code_pool (run_id, target_id, at_us, pool, library, kind, async, path, module, line, scope, context, url, size, programs) VALUES
    (1, 2, 1700000060000000, 'shop:pool', 'asyncpg', 'pool', 1, 'shop.py', 'shop', 7, 'module', 'module', 'postgresql://u:***@db/shop', 60, '["shop"]');
INSERT INTO code_value (run_id, target_id, at_us, pool, knob, value, path, format, key_path, line, decided_by, resolved, trail) VALUES
    (1, 2, 1700000060000000, 'shop:pool', 'size', '60', 'shop.py', 'python', 'max_size', 7, 'literal', 1, 'shop.py:7');
INSERT INTO code_statement (run_id, target_id, at_us, path, module, line, col, byte_start, sql, fingerprint, fingerprint_version, normalized, tables, kind, family, confidence) VALUES
    (1, 2, 1700000060000000, 'shop.py', 'shop', 12, 5, 100, 'x', 'aaaa', 'v', 'SELECT * FROM orders WHERE customer = $1', '["orders"]', 'select', 0, 1.0),
    (1, 2, 1700000060000000, 'shop.py', 'shop', 20, 5, 200, 'x', 'bbbb', 'v', 'UPDATE stock SET n = n - $1', '["stock"]', 'update', 0, 1.0);
INSERT INTO event_hist (run_id, target_id, at_us, interval_us, metric, program, pid, label, hist, count, sum_ms, max_ms) VALUES
    (1, 4, 1700000060000000, 60000000, 'db.client.connection.wait_time', 'shop', 10, NULL, '106:900 229:100', 1000, 2000, 6),
    (1, 4, 1700000060000000, 60000000, 'db.client.connection.use_time', 'shop', 10, NULL, '191:900 210:100', 1000, 4000, 12);
