-- The exact range of a finding, and how it was reached.
ALTER TABLE finding ADD COLUMN end_line INTEGER;
ALTER TABLE finding ADD COLUMN end_col INTEGER;
ALTER TABLE finding ADD COLUMN trail TEXT;
-- Where calls take another argument, for mechanical fixes: lead || 'name=value' || tail at insert_at, behind the bytes of anchor.
CREATE TABLE code_argument (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    path TEXT NOT NULL, byte_start INTEGER NOT NULL, byte_end INTEGER NOT NULL, line INTEGER, -- range: of the call
    insert_at INTEGER, lead TEXT, tail TEXT, anchor TEXT, is_first INTEGER, refused TEXT,     -- refused: why it must not be done
    line_start INTEGER, line_end INTEGER, line_text TEXT,   -- of the lines, when a statement is nothing but the call
    next_call INTEGER,                                      -- byte of the call that the next statement is
    arguments INTEGER, first TEXT, second TEXT,             -- how many, and the first two positional ones
    piped_call INTEGER, piped TEXT, client TEXT,            -- byte of the next command, which one pipeline could send too; its text; client of both
    bound TEXT, bound_end INTEGER);                         -- the name that takes what this call gives, and the byte behind it
