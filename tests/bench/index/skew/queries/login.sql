-- calls 10000 mean_ms 5
SELECT id, country FROM buyer WHERE email = 'u' || md5('777') || '@x.org'
