ALTER TABLE people ADD CONSTRAINT people_mail UNIQUE (mail);
