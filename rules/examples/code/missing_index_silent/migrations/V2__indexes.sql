CREATE INDEX people_mail ON people (lower(mail));
CREATE INDEX people_x ON people ((extra ->> 'x'));
CREATE INDEX people_kind ON people (kind) WHERE active;
