"""psycopg2, by hand."""

from pathlib import Path

from shop.texts import LIST_USERS, OPEN_ORDERS, SAME, Sql

TABLES = {"a": "events_a", "b": "events_b"}


def list_users(cur):
    cur.execute(LIST_USERS)
    return cur.fetchall()


def open_orders(cur):
    cur.execute(OPEN_ORDERS, ("new",))


def count_orders(cur):
    cur.execute(Sql.COUNT, {"user": 3})


def literal_in_text(cur):
    cur.execute("SELECT total FROM orders WHERE state = 'new' AND user_id = %s", (4,))


def list_in_text(cur):
    ids = [1, 2, 3]
    marks = ", ".join(["%s"] * len(ids))
    cur.execute(f"SELECT name FROM users WHERE id IN ({marks})", ids)


def list_longer(cur):
    ids = [1, 2, 3, 4, 5]
    cur.execute("SELECT mail FROM users WHERE id IN %s", (tuple(ids),))


def any_list(cur):
    cur.execute("SELECT age FROM users WHERE id = ANY(%s)", ([1, 2],))


def table_by_name(cur, kind="a"):
    cur.execute(f"INSERT INTO {TABLES[kind]} (body) VALUES (%s)", ("x",))


def column_by_name(cur, column="mail"):
    cur.execute(f"UPDATE users SET {column} = %s WHERE id = %s", ("y", 5))


def joined(cur):
    cur.execute(
        "SELECT u.name, count(o.id) FROM users u "
        "LEFT JOIN orders o ON o.user_id = u.id "
        "WHERE u.age > %s GROUP BY u.name "
        "HAVING count(o.id) > %s",
        (3, 0),
    )


def paged(cur, page=2):
    cur.execute("SELECT id, who FROM audit ORDER BY id LIMIT %s OFFSET %s", (10, page * 10))


def branch(cur, newest=True):
    if newest:
        query = "SELECT id FROM orders ORDER BY made_at DESC LIMIT 1"
    else:
        query = "SELECT id FROM orders ORDER BY made_at LIMIT 1"
    cur.execute(query)


def appended(cur, state="new"):
    query = "SELECT id, total FROM orders WHERE total > %s"
    if state:
        query += " AND state = %s"
    cur.execute(query, (1, state))


def with_query(cur):
    cur.execute("WITH old AS (SELECT id FROM orders WHERE made_at < now()) DELETE FROM items WHERE order_id IN (SELECT id FROM old) AND n > %s", (100,))


def upsert(cur):
    cur.execute("INSERT INTO audit (id, who, what) VALUES (%s, %s, %s) ON CONFLICT (id) DO UPDATE SET what = EXCLUDED.what", (1000000, "me", "x"))


def many(cur):
    cur.executemany("INSERT INTO items (order_id, sku) VALUES (%s, %s)", [(1, "a"), (2, "b")])


def from_file(cur):
    cur.execute(Path(__file__).with_name("sql").joinpath("old_orders.sql").read_text(), ("new",))


def same_here(cur):
    cur.execute("SELECT who FROM audit WHERE id = %s AND what IS NOT NULL", (1,))


def same_there(cur):
    cur.execute("SELECT who FROM audit WHERE id = %s AND what IS NOT NULL", (2,))


def same_constant(cur):
    cur.execute(SAME, ("me",))


def commented(cur):
    cur.execute("SELECT at FROM audit WHERE who = %s /* route='audit' */", ("me",))


def tagged_one(cur):
    cur.execute("SELECT max(id) FROM audit WHERE who = %s /*file='shop%%2Fplain.py%%3A112'*/", ("me",))


def tagged_two(cur):
    cur.execute("SELECT max(id) FROM audit WHERE who = %s", ("me",))


def transaction(cur):
    cur.execute("SAVEPOINT one")
    cur.execute("RELEASE SAVEPOINT one")


def trap_long(cur):
    cur.execute("SELECT " + ", ".join(f"{i} AS a_column_with_a_long_name_{i}" for i in range(1500)) + " FROM users WHERE id = %s", (1,))


def slow(cur):
    for i in range(25):
        cur.execute("SELECT pg_sleep(0.06), sku FROM items WHERE id = %s", (i + 1,))
