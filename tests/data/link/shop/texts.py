"""Statements that other modules send."""

LIST_USERS = "SELECT id, name FROM users WHERE active ORDER BY name"

SAME = "SELECT what FROM audit WHERE who = %s AND id > 0"

COLUMNS = "id, state, total"
OPEN_ORDERS = "SELECT " + COLUMNS + " FROM orders WHERE state = %s ORDER BY made_at"


class Sql:
    COUNT = """
        SELECT count(*)
        FROM orders
        WHERE user_id = %(user)s
    """
