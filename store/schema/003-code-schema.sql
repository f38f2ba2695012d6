-- What the sources say of the database: tables of models, migrations and SQL files; statements built by an ORM; DDL of migrations.
CREATE TABLE code_table (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    table_name TEXT NOT NULL, model TEXT, -- model: class that maps it
    orm TEXT,                           -- sqlalchemy sqlmodel django tortoise peewee sql
    source TEXT NOT NULL,               -- model migration sql_file
    path TEXT, module TEXT, qualname TEXT, line INTEGER, col INTEGER, byte_start INTEGER, byte_end INTEGER);
CREATE TABLE code_column (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, type TEXT, primary_key INTEGER, is_unique INTEGER, indexed INTEGER, not_null INTEGER,
    ref_table TEXT, ref_column TEXT, source TEXT NOT NULL, path TEXT, line INTEGER, col INTEGER, byte_start INTEGER, byte_end INTEGER);
CREATE TABLE code_index (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    table_name TEXT NOT NULL, index_name TEXT, columns TEXT, -- columns: JSON array in order; an expression stands as its text
    is_unique INTEGER, method TEXT, opclass TEXT, predicate TEXT, definition TEXT, source TEXT NOT NULL, path TEXT, line INTEGER, col INTEGER);
CREATE TABLE code_relationship (
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    model TEXT NOT NULL, attribute TEXT NOT NULL, target_model TEXT, lazy TEXT, collection INTEGER, orm TEXT, path TEXT, line INTEGER, col INTEGER);
CREATE TABLE code_ddl (             -- statements of migrations that take locks; new_table: the table is created in the same file
    run_id INTEGER NOT NULL, target_id INTEGER NOT NULL, at_us INTEGER NOT NULL,
    op TEXT NOT NULL, table_name TEXT, columns TEXT, object TEXT, concurrently INTEGER, in_transaction INTEGER, not_valid INTEGER,
    new_table INTEGER, lock_timeout INTEGER, has_default INTEGER, framework TEXT, path TEXT, module TEXT, qualname TEXT, line INTEGER, col INTEGER,
    byte_start INTEGER, byte_end INTEGER, snippet TEXT, snippet_hash TEXT);
ALTER TABLE code_statement ADD COLUMN origin TEXT;   -- text orm end (ORDER BY, LIMIT, OFFSET to be appended to a text)
-- JSON: [{"table", "column", "op", "expr", "among", "or", "not", "const", "block", "line"}] as far as it is static; op: = in < (a range) like ilike wildcard like?
-- null notnull join <> json expr hole (not known), or the operator; expr: text of an expression; const: with a literal; block: conditions of one SELECT; no table: of one of those in among
ALTER TABLE code_statement ADD COLUMN filters TEXT;
ALTER TABLE code_statement ADD COLUMN orders TEXT;   -- JSON: [{"table", "column", "desc"}]
ALTER TABLE code_statement ADD COLUMN limited INTEGER;      -- has LIMIT, is an aggregate, or asks for one row by its key
ALTER TABLE code_statement ADD COLUMN has_offset INTEGER;
ALTER TABLE code_statement ADD COLUMN context TEXT;
ALTER TABLE code_statement ADD COLUMN snippet_hash TEXT;
ALTER TABLE code_statement ADD COLUMN offset_line INTEGER;
ALTER TABLE code_statement ADD COLUMN comment TEXT;  -- what a sqlcommenter wrote into the text
ALTER TABLE code_statement ADD COLUMN shape TEXT;    -- kind extras|tables|compared columns|sorted columns: what texts and ORM expressions share
-- seq: orders files as they are applied; what a later one drops is taken away by the fact views. partial: not all columns are known.
ALTER TABLE code_table ADD COLUMN seq TEXT;
ALTER TABLE code_table ADD COLUMN partial INTEGER;
ALTER TABLE code_column ADD COLUMN seq TEXT;
ALTER TABLE code_index ADD COLUMN seq TEXT;
ALTER TABLE code_ddl ADD COLUMN seq TEXT;
ALTER TABLE code_ddl ADD COLUMN series TEXT; -- folder whose files are applied one after the other
ALTER TABLE code_ddl ADD COLUMN type TEXT;  -- of the column that is added or changed
ALTER TABLE code_ddl ADD COLUMN not_null INTEGER;
ALTER TABLE code_ddl ADD COLUMN volatile_default INTEGER;
ALTER TABLE code_ddl ADD COLUMN using_index INTEGER;
-- How a captured statement finds the code that sends it: by the same text, else by family, else by shape.
ALTER TABLE code_statement ADD COLUMN canonical TEXT;    -- parameters without numbers, lists as one, white space and case evened
ALTER TABLE pg_statement_text ADD COLUMN canonical TEXT;
ALTER TABLE pg_statement_text ADD COLUMN shape TEXT;
-- JSON array, sorted: what is read (table.column; count; one, a constant) or the columns that are written; NULL: something else too, or not known
ALTER TABLE code_statement ADD COLUMN projection TEXT;
ALTER TABLE pg_statement_text ADD COLUMN projection TEXT;
