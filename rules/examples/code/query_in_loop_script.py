import argparse

import psycopg2


def main_loop(connection, names):
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("DELETE FROM profiles WHERE name = %s", (name,))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    main_loop(psycopg2.connect("dbname=app"), parser.parse_args().names)
