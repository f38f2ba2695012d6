-- What the source analysis found of each file, kept by content hash, so that what did not change is not looked at again.
CREATE TABLE source_cache_state (key TEXT PRIMARY KEY, value TEXT);
