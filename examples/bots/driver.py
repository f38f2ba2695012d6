#!/usr/bin/python3
"""Plays the users of Hearts: an open loop of requests to the bots, the same for the same seed.

Users do not wait for each other: each request has its moment, and its latency counts from
that moment, even when the driver itself came late. When the driver's own lateness exceeds
5 ms at the 95th percentile, the run measured the driver and is void. A day is compressed
into the duration of the run: it begins and ends at the average rate, the evening is busier.
"""

import argparse
import asyncio
import json
import math
import random
import signal
import subprocess
import sys
import time
from bisect import bisect
from itertools import accumulate

USERS = 200_000
MATCHES = 120_000
STRIDE = 7919          # spreads ranks over ids, as generate.sql does
ZIPF = 2.0             # Zipf-Mandelbrot: rank r is wanted in proportion to (r + CROWD) ** -ZIPF,
CROWD = 30             # so that some dozens share the top instead of one, as people do
RHYTHM = 0.2           # how far the day swings around its average
MAX_LATENESS_MS = 5.0
WORKERS = 2
GRACE_S = 5            # how long answers may come after the last request

# handler -> (bot, share of the requests, names of the parameters)
HANDLERS = {
    "profile": ("profiles", 50.0, ("user",)),
    "admirers": ("profiles", 2.5, ("user",)),
    "edit": ("profiles", 0.2, ("user", "about")),
    "cards": ("swipe", 4.0, ("user",)),
    "like": ("swipe", 10.0, ("user", "other")),
    "send": ("chat", 5.0, ("user", "match", "text")),
    "conversation": ("chat", 4.5, ("user", "match")),
    "inbox": ("chat", 0.8, ("user",)),
    "digest": ("digest", 0.3, ("user",)),
    "review": ("moderation", 0.4, ()),
    "report": ("moderation", 0.4, ("user", "message")),
    "history": ("moderation", 0.4, ("user",)),
    "export": ("moderation", 0.2, ()),
}


class Zipf:
    """Ids 1..n, of which few are wanted often."""

    def __init__(self, n, exponent=ZIPF, crowd=CROWD):
        self.n = n
        self.weights = list(accumulate((rank + crowd) ** -exponent for rank in range(1, n + 1)))

    def pick(self, rng):
        rank = bisect(self.weights, rng.random() * self.weights[-1])
        return 1 + min(rank, self.n - 1) * STRIDE % self.n


def arrivals(rng, rate, duration):
    """Poisson arrivals whose rate follows the day, by thinning."""
    moment, peak = 0.0, rate * (1 + RHYTHM)
    while (moment := moment + rng.expovariate(peak)) < duration:
        now = rate * (1 - RHYTHM * math.sin(2 * math.pi * moment / duration))
        if rng.random() * peak < now:
            yield moment


def schedule(seed, rate, duration):
    """The requests of one worker: a list of (moment, bot, request)."""
    rng = random.Random(seed)
    users, matches = Zipf(USERS), Zipf(MATCHES)
    draw = {"user": lambda: users.pick(rng), "other": lambda: users.pick(rng), "match": lambda: matches.pick(rng),
            "message": lambda: rng.randint(1, 1_000_000), "text": lambda: f"Hello, {rng.randint(1, 999)}!",
            "about": lambda: f"I like {rng.randint(1, 99)} things."}
    names = list(HANDLERS)
    shares = list(accumulate(HANDLERS[name][1] for name in names))
    plan = []
    for moment in arrivals(rng, rate, duration):
        name = rng.choices(names, cum_weights=shares)[0]
        bot, _, parameters = HANDLERS[name]
        plan.append((moment, bot, {"do": name, **{parameter: draw[parameter]() for parameter in parameters}}))
    return plan


class Player:
    """One worker: sends its requests when their moment comes, and notes when the answers do."""

    def __init__(self, plan):
        self.plan = plan
        self.pending = {}   # id -> (handler, intended start)
        self.lateness = []
        self.latency = {name: [] for name in HANDLERS}
        self.errors = {name: 0 for name in HANDLERS}

    async def play(self, sockets, start_at):
        lines = {bot: await asyncio.open_unix_connection(f"{sockets}/{bot}.sock", limit=1 << 20)
                 for bot in sorted({bot for bot, _, _ in HANDLERS.values()})}
        readers = [asyncio.create_task(self.read(reader)) for reader, _ in lines.values()]
        for number, (moment, bot, request) in enumerate(self.plan):
            intended = start_at + moment
            await self.until(intended)
            self.lateness.append((time.monotonic() - intended) * 1e3)
            self.pending[number] = (request["do"], intended)
            lines[bot][1].write(json.dumps({"id": number, **request}).encode() + b"\n")
        deadline = time.monotonic() + GRACE_S
        while self.pending and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        for task in readers:
            task.cancel()
        for handler, _ in self.pending.values():
            self.errors[handler] += 1

    @staticmethod
    async def until(moment):
        """asyncio's timers are a millisecond coarse: the last two are spent looking at the clock."""
        if (early := moment - time.monotonic()) > 0.002:
            await asyncio.sleep(early - 0.002)
        while time.monotonic() < moment:
            await asyncio.sleep(0)

    async def read(self, reader):
        async for line in reader:
            answer = json.loads(line)
            handler, intended = self.pending.pop(answer["id"])
            self.latency[handler].append((time.monotonic() - intended) * 1e3)
            self.errors[handler] += "error" in answer


def percentile(values, fraction):
    values = sorted(values)
    return round(values[min(len(values) - 1, int(fraction * len(values)))], 3) if values else None


def summarize(args, reports):
    handlers, requests = {}, 0
    for name in HANDLERS:
        latency = [value for report in reports for value in report["latency"][name]]
        errors = sum(report["errors"][name] for report in reports)
        handlers[name] = {"n": len(latency), "errors": errors, "p50_ms": percentile(latency, 0.50),
                          "p95_ms": percentile(latency, 0.95), "p99_ms": percentile(latency, 0.99)}
        requests += len(latency)
    late = percentile([value for report in reports for value in report["lateness"]], 0.95)
    return {"schema": "hearts-driver/1", "seed": args.seed, "rate": args.rate, "duration_s": args.duration,
            "requests": requests, "errors": sum(each["errors"] for each in handlers.values()),
            "lateness_p95_ms": late, "void": late is None or late > MAX_LATENESS_MS, "handlers": handlers}


def run_worker(args):
    plan = schedule(f"{args.seed}/{args.worker}", args.rate / WORKERS, args.duration)
    player = Player(plan)
    asyncio.run(player.play(args.sockets, args.start_at))
    json.dump({"latency": player.latency, "errors": player.errors, "lateness": player.lateness}, sys.stdout)


def run_workers(args):
    """Each worker in a session of its own: the scheduler shares out the processor among sessions."""
    start_at = time.monotonic() + 1.5
    command = [sys.executable, __file__, f"--sockets={args.sockets}", f"--rate={args.rate}", f"--duration={args.duration}",
               f"--seed={args.seed}", f"--start-at={start_at}"]
    workers = [subprocess.Popen([*command, f"--worker={number}"], stdout=subprocess.PIPE, start_new_session=True)
               for number in range(WORKERS)]
    try:
        outputs = [worker.communicate()[0] for worker in workers]
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
    if any(worker.returncode for worker in workers):
        sys.exit("driver.py: a worker failed")
    return [json.loads(output) for output in outputs]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sockets", metavar="DIR", default="/run/hearts", help="where the bots' sockets are")
    parser.add_argument("--rate", type=float, default=60, help="requests per second, on average (default: %(default)s)")
    parser.add_argument("--duration", type=float, default=25, help="seconds (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--start-at", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker is not None:
        run_worker(args)
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the workers end, too
        print(json.dumps(summarize(args, run_workers(args)), indent=2))


if __name__ == "__main__":
    main()
