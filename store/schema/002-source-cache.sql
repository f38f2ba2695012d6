-- What the source analysis found, kept so that what did not change is not looked at again. All of it can be made again at any time.
CREATE TABLE source_tree (           -- a set of roots, as analysed by one build of the program
    tree TEXT PRIMARY KEY, build TEXT NOT NULL, settings INTEGER, used_us INTEGER);
CREATE TABLE source_file (           -- a file of it; blobs are probes/source/cache.c's, "checked" is a hash over them
    tree TEXT NOT NULL, path TEXT NOT NULL, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, inode INTEGER, sha256 TEXT,
    state INTEGER, summary BLOB, deps BLOB, facts BLOB, checked INTEGER, PRIMARY KEY (tree, path)) WITHOUT ROWID;
CREATE TABLE source_parsed (         -- the syntax tree of a text by its hash (probes/source/parsed.c), for who consults it again
    sha256 TEXT PRIMARY KEY, build TEXT NOT NULL, body BLOB) WITHOUT ROWID;
CREATE TABLE source_result (         -- the outcome of the rules over a tree that did not change since, or not in its facts and the texts that were shown
    tree TEXT NOT NULL, rules TEXT NOT NULL, signature TEXT NOT NULL, facts TEXT, texts BLOB, saved_us INTEGER, body BLOB, checked INTEGER, PRIMARY KEY (tree, rules));
CREATE TABLE source_facts (          -- one hash over all code facts of a run: another run with the same need not store them again
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (run_id, target_id)) WITHOUT ROWID;
CREATE INDEX code_file_run ON code_file (run_id);
CREATE INDEX code_value_run ON code_value (run_id, pool);
CREATE INDEX code_statement_run ON code_statement (run_id, site);
CREATE INDEX code_site_holding ON code_site (run_id, holding) WHERE holding IS NOT NULL;
CREATE INDEX code_site_loop ON code_site (run_id, loop) WHERE loop IS NOT NULL;
