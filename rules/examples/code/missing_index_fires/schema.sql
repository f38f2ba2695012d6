CREATE TABLE people (
    id bigint PRIMARY KEY,
    mail text NOT NULL,
    kind text NOT NULL,
    active boolean NOT NULL,
    first text, second text,
    extra jsonb
);
CREATE INDEX people_first_second ON people (first, second);
