"""Judges the measurements of run.py against what perfadvise says of the captures, and writes build/bench/pools.json."""
import json
import subprocess

import jobs

STABLE = 0.9          # of the offered load per connection, by the run's own trace
QUEUE_MS, QUEUE_MEAN_MS = 10, 3   # waits that are compared: shorter ones are the generator's own
KNEE = 1.1


def read(path):
    try:
        with open(path, encoding="ascii") as f:
            return [json.loads(line) for line in f]
    except FileNotFoundError:
        return []


def median(values):
    values = sorted(values)
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else None


def knee(runs):
    """Smallest size whose p95 is within a tenth of the median p95 of the four largest."""
    runs = sorted(runs, key=lambda r: r["size"])
    plenty = median([r["p95_ms"] for r in runs[-4:]])
    return next(r["size"] for r in runs if r["p95_ms"] <= KNEE * plenty)


def ask(build, folder, state):
    pa = [build / "perfadvise", "--config", folder / state / "fleet/perfadvise.yaml", "--state", folder / state, "--quiet"]
    subprocess.run([*pa, "analyze", "--no-changes", "--fail-on", "critical", "-o", f"json:{folder / state / 'analysis.json'}"], stderr=subprocess.DEVNULL)
    command = [*pa, "pools", "-o", "json"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def compare(runs, pool):
    """One row for each stable size of the sweep: measured, predicted."""
    points = {p["size"]: p for p in pool["points"]}
    last = max(points)
    for r in sorted(runs, key=lambda r: r["size"]):
        p = points[min(r["size"], last)]
        if r["offered"] > STABLE * r["size"] or p["latency_p95_ms"] is None:
            continue
        yield {"size": r["size"], "measured_p95_ms": r["p95_ms"], "predicted_p95_ms": p["latency_p95_ms"], "lo": p["latency_p95_lo_ms"], "hi": p["latency_p95_hi_ms"],
               "error": p["latency_p95_ms"] / r["p95_ms"] - 1, "measured_wait_p95_ms": r["wait_p95_ms"], "predicted_wait_p95_ms": p["wait_p95_ms"],
               "wait_error": p["wait_p95_ms"] / r["wait_p95_ms"] - 1 if r["wait_p95_ms"] >= QUEUE_MS and r["wait_mean_ms"] > QUEUE_MEAN_MS else None}


def judge_captures(build, folder, sweep, captures):
    rows = []
    for c, seed in ((c, seed) for c in captures for seed in sorted({r["seed"] for r in sweep if r["load"] == c["load"]})):
        runs = [r for r in sweep if r["load"] == c["load"] and r["seed"] == seed]
        if len(runs) < 8:  # a sweep that is not complete
            continue
        answer = ask(build, folder, c["state"])
        pool = answer["pools"][0]
        if not runs or pool["unknown"]:
            rows.append({"load": c["load"], "captured_at": c["size"], "unknown": pool["unknown"]})
            continue
        wait_ok = next((r["size"] for r in sorted(runs, key=lambda r: r["size"]) if r["wait_p95_ms"] - r["late_p95_ms"] <= pool["objective_wait_p95_ms"]), None)
        rows.append({"load": c["load"], "captured_at": c["size"], "seed": c["seed"], "sweep_seed": seed, "offered_captured": pool["offered"], "offered_swept": median([r["offered"] for r in runs]),
                     "knee": knee(runs), "predicted_knee": pool["knee"], "advised": pool["size_advised"], "smallest_within_objective": wait_ok,
                     "want_lo": pool["want_lo"], "want_hi": pool["want_hi"], "error_frac": pool["error_frac"], "points": list(compare(runs, pool)),
                     "pooler": answer.get("shared_pooler", {}).get("size_advised"), "pooler_knee": answer.get("shared_pooler", {}).get("knee")})
    return rows


def summary(rows, sweep):
    points = [p for r in rows for p in r.get("points", [])]
    several = [p for p in points if p["size"] >= 2]
    waits = [abs(p["wait_error"]) for p in points if p["wait_error"] is not None]
    own = [abs(r["own_p95_ms"] / r["p95_ms"] - 1) for r in sweep if r["offered"] <= STABLE * r["size"]]
    worst = max(points, key=lambda p: abs(p["error"]), default=None)
    return {"points": len(points), "p95_error_mean": mean(abs(p["error"]) for p in points), "p95_error_worst": worst and abs(worst["error"]), "worst_size": worst and worst["size"],
            "p95_error_mean_two_and_more": mean(abs(p["error"]) for p in several), "p95_error_worst_two_and_more": max((abs(p["error"]) for p in several), default=None),
            "p95_bias": mean(p["error"] for p in several), "inside_interval": mean(p["lo"] <= p["measured_p95_ms"] <= (p["hi"] or float("inf")) for p in points),
            "wait_points": len(waits), "wait_p95_error_mean": mean(waits), "own_trace_error_mean": mean(own), "own_trace_error_worst": max(own, default=None)}


def report(build, mix, folder, runs):
    void = sum(r["void"] for r in runs)
    good = [r for r in runs if not r["void"]]
    sweep, pooler = [[r for r in good if r["kind"] == kind] for kind in ("sweep", "pooler")]
    captures = [r for r in good if r["kind"] == "capture"]
    rows = judge_captures(build, folder, sweep, captures)
    speed = json.loads(subprocess.run([build / "tests/pool_curve", "speed", "64", "200000"], stdout=subprocess.PIPE, text=True, check=True).stdout)
    result = {"mix": mix, "runs": len(runs), "void": void, "seconds": jobs.SECONDS, "speed": speed, "summary": summary(rows, sweep), "captures": rows,
              "pooler_knees": {load: knee([r for r in pooler if r["load"] == load]) for load in jobs.RATES if sum(r["load"] == load for r in pooler) >= 4},
              "sweep": sweep, "pooler": pooler}
    path = folder.parent / ("pools.json" if mix == "main" else f"pools-{mix}.json")
    with open(path, "w", encoding="ascii") as f:
        json.dump(result, f, indent=1)
    show(result)
    print(f"written: {path}")
    return 0


def show(result):
    s = result["summary"]
    percent = lambda v: "-" if v is None else f"{100 * v:.1f} %"  # noqa: E731
    print(f"{result['mix']}: {result['runs']} runs, {result['void']} void; 64 sizes x 200,000 arrivals {result['speed']['sweep_cpu_s']:.2f} s, first answer {result['speed']['answer_cpu_s']:.2f} s")
    for r in result["captures"]:
        if "unknown" in r:
            print(f"  {r['load']:6} at {r['captured_at']:2}: unknown, {r['unknown']}")
            continue
        errors = [p["error"] for p in r["points"] if p["size"] >= 2]
        print(f"  {r['load']:6} at {r['captured_at']:2}: load {r['offered_captured']:.2f} for {r['offered_swept']:.2f}, knee {r['knee']} predicted {r['predicted_knee']}, "
              f"wait within objective from {r['smallest_within_objective']} advised {r['advised']}, p95 error mean {percent(mean(map(abs, errors)))} worst {percent(max(map(abs, errors)))}"
              + (f", pooler {r['pooler']} knee {r['pooler_knee']}" if r["pooler"] else ""))
    print(f"  p95 over {s['points']} points: mean {percent(s['p95_error_mean'])}, worst {percent(s['p95_error_worst'])} at size {s['worst_size']}; "
          f"of sizes from 2: mean {percent(s['p95_error_mean_two_and_more'])}, worst {percent(s['p95_error_worst_two_and_more'])}, bias {percent(s['p95_bias'])}; "
          f"inside the interval {percent(s['inside_interval'])}")
    print(f"  wait p95 over {s['wait_points']} points: mean {percent(s['wait_p95_error_mean'])}; own trace: mean {percent(s['own_trace_error_mean'])}, worst {percent(s['own_trace_error_worst'])}")
    if result["pooler_knees"]:
        print(f"  shared pooler, knee of the sweep: {result['pooler_knees']}")
