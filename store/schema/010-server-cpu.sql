-- What the processes of a server on this host have used of its CPUs so far: the postmaster, those that it has, those that it had.
CREATE TABLE pg_cpu (               -- with each pulse; nothing where the server's processes cannot be seen
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    cpu_us INTEGER NOT NULL);
