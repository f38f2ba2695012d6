-- What is kept when the captures themselves have aged: a few figures of each thing that was looked at, by the hour, later by the day.
CREATE TABLE series (               -- metric: see store/series.h; object: a queryid, schema.table, program, label ... of the target
    series_id INTEGER PRIMARY KEY, target_id INTEGER NOT NULL, metric TEXT NOT NULL, object TEXT NOT NULL, UNIQUE (target_id, metric, object));
CREATE TABLE series_point (         -- slot: hours since 1970 (of points merged to a day, its first); n: observations; value: the metric's unit
    slot INTEGER NOT NULL, series_id INTEGER NOT NULL, n INTEGER NOT NULL, value INTEGER NOT NULL, tag INTEGER NOT NULL, looks INTEGER NOT NULL,
    PRIMARY KEY (slot, series_id)) WITHOUT ROWID;
CREATE TABLE series_tag (           -- tag 1, 2, ...: the plans that a statement had
    series_id INTEGER NOT NULL, tag INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (series_id, tag), UNIQUE (series_id, name)) WITHOUT ROWID;
CREATE TABLE series_hist (          -- of metrics that are percentiles, so that hours can be added up to days
    slot INTEGER NOT NULL, series_id INTEGER NOT NULL, hist TEXT NOT NULL, PRIMARY KEY (slot, series_id)) WITHOUT ROWID;
CREATE TABLE series_run (run_id INTEGER PRIMARY KEY REFERENCES run); -- captures whose figures are in series_point
CREATE TABLE series_shift (         -- series whose level has moved, as a run saw it; docs/models/shift.md
    run_id INTEGER NOT NULL, series_id INTEGER NOT NULL, direction TEXT NOT NULL, since_us INTEGER, nights INTEGER,
    step REAL, step_lo REAL, step_hi REAL,      -- ratios; of sizes bytes a day
    usual REAL, now REAL, n INTEGER, score REAL, plan_changed INTEGER);
CREATE TABLE series_state (         -- one row a metric: how many series could be judged, how many are too young
    run_id INTEGER NOT NULL, metric TEXT NOT NULL, judged INTEGER NOT NULL, young INTEGER NOT NULL, missing INTEGER, score_limit REAL, findable REAL);
