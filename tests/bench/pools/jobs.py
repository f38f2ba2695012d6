"""What is run, decided before anything is measured."""

PROCESSES = 4
RATES = {"low": 30, "medium": 90, "high": 150}       # arrivals per second of each process
MEAN_HOLD_S = {"main": 0.027, "other": 0.0175}       # by construction of the mix, without the database's own time
SECONDS = {"low": 24, "medium": 16, "high": 14}
WARM_UP_S = 2.0
SWEEP_SEEDS = {"low": (1000, 2100), "medium": (1000, 2200), "high": (1000, 2300)}  # two sweeps: what one draw of the traffic does is seen
POOLER_SEEDS = {"low": 5000, "medium": 5000, "high": 5300}
POOLER_CLIENTS = 64                                  # of each process, so that it never waits for its own pool
SIZES = (*range(1, 15), 16, 20, 24, 32, 48, 64)      # of each process
POOLER_MORE = (1.25, 1.5, 2, 3, 4)                   # and beyond the range where the knee is, times the offered load
CAPTURES = {"low": (6, 2, 16), "medium": (5, 10, 24), "high": (7, 12, 32)}  # at other sizes, each with a seed of its own
CAPTURE_S = 10
SLICE_S = 165
OVERHEAD_S = 3


def offered(mix, load):
    return RATES[load] * MEAN_HOLD_S[mix]


def sweep(mix, load):
    """Sizes that cannot carry the load are not run: nothing is predicted for them but that."""
    sizes = [s for s in SIZES if s > offered(mix, load)]
    near = 9 if load == "low" else 14                # all sizes where a knee may be, a few far beyond
    sizes = [s for s in sizes if s < near or s in (12, 16, 24, 32, 48, 64)]
    return [{"kind": "sweep", "mix": mix, "load": load, "size": s, "seed": seed, "seconds": SECONDS[load]} for seed in SWEEP_SEEDS[load] for s in sizes]


def pooler(mix, load):
    a = offered(mix, load) * PROCESSES
    near = range(int(a) + 1, int(1.8 * a) + 5, 1 if a < 12 else 2)
    sizes = sorted({*near, *(int(2 * m * a) for m in POOLER_MORE)})
    return [{"kind": "pooler", "mix": mix, "load": load, "size": s, "seed": POOLER_SEEDS[load], "seconds": SECONDS[load]} for s in sizes]


def captures(mix, load):
    return [{"kind": "capture", "mix": mix, "load": load, "size": s, "seed": 100 + 10 * i + len(load), "seconds": CAPTURE_S + 4}
            for i, s in enumerate(CAPTURES[load])]


def all_jobs(mix, kinds, loads):
    make = {"sweep": sweep, "pooler": pooler, "capture": captures}
    return [job for kind in kinds for load in loads for job in make[kind](mix, load)]


def slices(jobs):
    """Groups of jobs of at most SLICE_S together."""
    group, left = [], 0
    for job in jobs:
        cost = job["seconds"] + OVERHEAD_S
        if group and left < cost:
            yield group
            group, left = [], 0
        if not group:
            left = SLICE_S
        group.append(job)
        left -= cost
    if group:
        yield group
