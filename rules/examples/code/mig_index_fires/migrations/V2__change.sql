CREATE INDEX people_mail ON people (mail);
