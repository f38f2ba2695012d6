"""One process of the fleet that tests/bench/pools.py measures: an open-loop generator before a QueuePool.

Arrivals are Poisson and drawn in advance, so that every size sees the same transactions at the same moments; latency counts from the
intended start. Each line of the output: intended start, dispatched, connection had, given back (milliseconds from the beginning).
"""
import argparse
import math
import os
import queue
import random
import sys
import threading
import time

import sqlalchemy

import perfadvise_events
import perfadvise_pools

POOL_SIZE = 5
THREADS = 192

engine = sqlalchemy.create_engine(os.environ["BENCH_URL"], pool_size=POOL_SIZE, max_overflow=0, pool_timeout=120)


def point_read(connection, _):
    connection.exec_driver_sql("SELECT balance FROM account WHERE id = %s", (random.randrange(10000),)).fetchone()


def two_writes(connection, _):
    connection.exec_driver_sql("UPDATE account SET balance = balance + 1 WHERE id = %s", (random.randrange(10000),))
    connection.exec_driver_sql("INSERT INTO event (account, at) VALUES (%s, now())", (random.randrange(10000),))


def waits(connection, seconds):
    connection.exec_driver_sql("SELECT pg_sleep(%s)", (seconds,)).fetchone()


def aggregate(connection, _):
    connection.exec_driver_sql("SELECT branch, sum(balance) FROM account GROUP BY branch").fetchall()


def read_and_think(connection, seconds):
    point_read(connection, 0)
    time.sleep(seconds)
    point_read(connection, 0)


# share, what is done, how long it waits or thinks (seconds)
MIXES = {
    "main": [(0.55, point_read, lambda r: 0), (0.17, two_writes, lambda r: 0), (0.02, aggregate, lambda r: 0),
             (0.14, waits, lambda r: r.expovariate(1 / 0.080)), (0.12, read_and_think, lambda r: r.expovariate(1 / 0.120))],
    # Kept apart: nothing was developed on it. A light tail, most time thought inside the transaction.
    "other": [(0.30, point_read, lambda r: 0), (0.10, two_writes, lambda r: 0), (0.40, read_and_think, lambda r: r.uniform(0.005, 0.045)),
              (0.20, waits, lambda r: math.exp(r.gauss(math.log(0.025), 0.7)))],
}


def draw(mix, rate, seconds, seed):
    chance, at, plan = random.Random(seed), 0.0, []
    while (at := at + chance.expovariate(rate)) < seconds:
        u = chance.random()
        for share, what, length in MIXES[mix]:
            if (u := u - share) < 0:
                break
        plan.append((at, what, length(chance)))
    return plan


def serve(todo, done, began):
    while (item := todo.get()) is not None:
        intended, dispatched, what, length = item
        with engine.connect() as connection:
            had = time.monotonic()
            with connection.begin():
                what(connection, length)
        done.append((intended, dispatched, had - began, time.monotonic() - began))


def open_all():
    for connection in [engine.connect() for _ in range(POOL_SIZE)]:
        connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mix", default="main")
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--begin", type=float, required=True, help="time.monotonic() of the first moment")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    sys.setswitchinterval(0.0005)
    open_all()
    perfadvise_pools.watch_engine(engine)
    plan, todo, done, began = draw(args.mix, args.rate, args.seconds, args.seed), queue.SimpleQueue(), [], args.begin
    threads = [threading.Thread(target=serve, args=(todo, done, began)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    perfadvise_events.process_ready()
    for at, what, length in plan:
        ahead = began + at - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        todo.put((at, time.monotonic() - began, what, length))
    for _ in threads:
        todo.put(None)
    for thread in threads:
        thread.join()
    with open(args.out, "w", encoding="ascii") as f:
        f.writelines(f"{a * 1e3:.4f} {b * 1e3:.4f} {c * 1e3:.4f} {d * 1e3:.4f}\n" for a, b, c, d in sorted(done))


if __name__ == "__main__":
    main()
