-- A decision-support schema of our own: a wholesaler of spare parts. :scale is a psql variable; 1 is about 1 GB.
CREATE TABLE region (id int PRIMARY KEY, name varchar(20) NOT NULL);
CREATE TABLE depot (id int PRIMARY KEY, region_id int NOT NULL, name varchar(40) NOT NULL);
CREATE TABLE maker (id int PRIMARY KEY, region_id int NOT NULL, name varchar(40) NOT NULL, rating int NOT NULL);
CREATE TABLE article (id int PRIMARY KEY, maker_id int NOT NULL, class varchar(20) NOT NULL, grade char(4) NOT NULL, weight int NOT NULL, price numeric(12,2) NOT NULL);
CREATE TABLE stock (article_id int, depot_id int, pieces int NOT NULL, cost numeric(12,2) NOT NULL, PRIMARY KEY (article_id, depot_id));
CREATE TABLE client (id int PRIMARY KEY, region_id int NOT NULL, segment varchar(12) NOT NULL, balance numeric(12,2) NOT NULL, phone char(15) NOT NULL);
CREATE TABLE purchase (id int PRIMARY KEY, client_id int NOT NULL, ordered date NOT NULL, state char(1) NOT NULL, urgency varchar(10) NOT NULL, total numeric(14,2) NOT NULL, note varchar(60) NOT NULL);
CREATE TABLE line (purchase_id int, number int, article_id int NOT NULL, depot_id int NOT NULL, pieces int NOT NULL, amount numeric(12,2) NOT NULL, rebate numeric(4,2) NOT NULL,
                   sent date NOT NULL, due date NOT NULL, carrier char(8) NOT NULL, returned boolean NOT NULL, remark varchar(50) NOT NULL, PRIMARY KEY (purchase_id, number));
