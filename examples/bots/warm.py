#!/usr/bin/python3
"""Fills Redis with the profiles that will be asked for, the most valuable first.

Reads lines of KEY TEMPLATE <TAB> KEY HASH on stdin. The hashes are those that the bots send
as events; the keys behind them are found here, by hashing the ids in the database.
"""

import argparse
import json
import sys
import time

import psycopg2
from psycopg2.extras import RealDictCursor
from redis import Redis

import settings
from hearts import profile
from perfadvise_more import key_hash

BATCH = 100


def read_schedule(lines):
    """(hashes of profile keys in their order, number of lines that are not about profiles)."""
    hashes, others = [], 0
    for line in lines:
        template, _, digest = line.strip().partition("\t")
        if template == profile.KEY and digest:
            hashes.append(digest)
        elif line.strip():
            others += 1
    return hashes, others


def find_ids(connection, hashes):
    """The ids behind the hashes, in the order of the hashes."""
    wanted, found = set(hashes), {}
    with connection.cursor("ids") as cursor:
        cursor.itersize = 20000
        cursor.execute("SELECT id FROM profiles")
        for ident, in cursor:
            digest = key_hash(profile.KEY.format(id=ident))
            if digest in wanted:
                found[digest] = ident
    return [found[digest] for digest in hashes if digest in found]


def warm(connection, redis, ids, rate):
    """Loads the profiles in batches, `rate` keys a second at most; returns how many were stored."""
    stored, began = 0, time.monotonic()
    for start in range(0, len(ids), BATCH):
        batch = ids[start:start + BATCH]
        time.sleep(max(0.0, began + start / rate - time.monotonic()))
        with connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(f"SELECT {profile.COLUMNS} FROM profiles WHERE id = ANY(%s)", (batch,))
            rows = cursor.fetchall()
        with redis.pipeline(transaction=False) as pipeline:
            for row in rows:
                pipeline.set(profile.KEY.format(id=row["id"]), json.dumps(profile.from_row(row)), nx=True)
            stored += sum(map(bool, pipeline.execute()))
    return stored


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--from-stdin", action="store_true", required=True, help="read the schedule from stdin")
    parser.add_argument("--rate", type=float, default=1000, help="keys per second at most (default: %(default)s)")
    args = parser.parse_args()

    began = time.monotonic()
    hashes, others = read_schedule(sys.stdin)
    connection = psycopg2.connect(f"host={settings.RUN_DIR} dbname=hearts user=hearts application_name=warm")
    ids = find_ids(connection, hashes)
    stored = warm(connection, Redis.from_url(settings.REDIS_URL), ids, args.rate)
    connection.close()
    print(f"warmed {stored} of {len(ids)} profiles in {time.monotonic() - began:.1f} s;"
          f" {len(hashes) - len(ids)} unknown, {others} other lines")


if __name__ == "__main__":
    main()
