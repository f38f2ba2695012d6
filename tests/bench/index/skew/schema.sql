-- An application with skew: a marketplace whose largest shops have most of the orders and whose newest rows are read most. :scale is a psql variable; 1 is about 1 GB.
CREATE TABLE shop (id int PRIMARY KEY, plan varchar(10) NOT NULL, country char(2) NOT NULL, name varchar(40) NOT NULL, closed_at timestamptz);
CREATE TABLE buyer (id int PRIMARY KEY, email varchar(60) NOT NULL, country char(2) NOT NULL, joined timestamptz NOT NULL, deleted_at timestamptz);
CREATE TABLE item (id int PRIMARY KEY, shop_id int NOT NULL REFERENCES shop, sku varchar(24) NOT NULL, category int NOT NULL, price numeric(10,2) NOT NULL, stock int NOT NULL, hidden boolean NOT NULL);
CREATE TABLE sale (id bigint PRIMARY KEY, shop_id int NOT NULL, buyer_id int NOT NULL, status varchar(12) NOT NULL, placed timestamptz NOT NULL, total numeric(12,2) NOT NULL, note text);
CREATE TABLE sale_line (sale_id bigint NOT NULL, pos int NOT NULL, item_id int NOT NULL, pieces int NOT NULL, amount numeric(10,2) NOT NULL, PRIMARY KEY (sale_id, pos));
CREATE TABLE message (id bigint PRIMARY KEY, sale_id bigint NOT NULL, sender_id int NOT NULL, sent timestamptz NOT NULL, read_at timestamptz, body varchar(200) NOT NULL);
CREATE TABLE job (id bigint PRIMARY KEY, kind varchar(16) NOT NULL, state varchar(10) NOT NULL, run_at timestamptz NOT NULL, attempts int NOT NULL, payload varchar(100) NOT NULL);
