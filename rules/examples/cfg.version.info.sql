-- 15.13 in September 2026, when 15.16 was there at least
UPDATE pg_server SET version_num = 150013;
