CREATE TABLE people (id bigint PRIMARY KEY, mail text, kind text, city_id int);
CREATE INDEX people_kind ON people (kind);
