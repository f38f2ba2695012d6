-- calls 4000 mean_ms 9
SELECT id FROM buyer WHERE lower(email) = 'u' || md5('1777') || '@x.org'
