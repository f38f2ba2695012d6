-- calls 200 mean_ms 9
SELECT kind, count(*) FROM job WHERE state = 'failed' GROUP BY kind
