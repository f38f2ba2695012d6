import argparse

import psycopg2


def load(connection, lines):
    cursor = connection.cursor()
    for line in lines:
        cursor.execute("INSERT INTO lines (text) VALUES (%s)", (line,))
        connection.commit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("lines", nargs="*")
    load(psycopg2.connect("dbname=app"), parser.parse_args().lines)
