#!/usr/bin/python3
"""What the nightly audit finds and what it costs.

Simulated years of nightly series (build/tests/shift_sim): false alerts of series in which nothing happens, and after how many nights a step is
found, at every limit; beside the best that any method could do, knowing all parameters. Then an audit on a history of --nights nights with
--statements statements: time and size. Writes build/bench/audit.json.
"""
import argparse, json, math, os, resource, shutil, sqlite3, subprocess, sys, tempfile, time
from concurrent.futures import ThreadPoolExecutor
from statistics import NormalDist

N = NormalDist()
CASES = {  # cv, factor, captures a day
    "one capture a night": (0.3, 1.5, 1), "a capture each hour": (0.3, 1.5, 24), "one a night, CV 0.1": (0.1, 1.5, 1), "one a night, 3 times slower": (0.3, 3, 1)}
NIGHTS = (1, 2, 3, 5, 7, 14, 28)


def simulate(binary, seed, statements, injected, cv, factor, hours):
    run = subprocess.run(["nice", binary, *map(str, (seed, statements, injected, cv, 0.3, 0.4, 0.05, factor, hours, 1))], check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def bound(cv, factor, nights, monthly, statements, rho=0.3):
    """Neyman-Pearson: the power of the best test on `nights` nights after a step, all parameters known, no night missing.

    An alert on one of these nights is an event whose probability without a step is at most nights x the nightly rate."""
    sigma = math.sqrt(math.log(1 + cv * cv))
    distance = math.log(factor) / sigma * math.sqrt((1 + (nights - 1) * (1 - rho) ** 2) / (1 - rho * rho)) if nights else 0
    alpha = nights * monthly / (30 * statements)
    return N.cdf(distance - N.inv_cdf(1 - alpha))


def curve(binary, seeds, name):
    cv, factor, hours = CASES[name]
    statements, injected = (500, 100) if hours == 1 else (100, 50)
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda s: simulate(binary, s, statements, injected, cv, factor, hours), seeds))
    nights, total = sum(r["nights"] for r in runs), sum(r["injected"] for r in runs)
    rows = []
    for k, first in enumerate(runs[0]["limits"]):
        alerts = sum(r["limits"][k]["alerts"] for r in runs)
        found = [sum(r["limits"][k]["found"][d] for r in runs) for d in range(60)]
        monthly = alerts / nights * 15000
        rows.append({"limit": first["limit"], "false_alerts_a_month": round(monthly, 3),
                     "found_by_night": {n: round(sum(found[:n]) / total, 3) for n in NIGHTS}})
    out = {"case": name, "cv": cv, "factor": factor, "captures_a_day": hours, "seeds": len(runs), "series_nights": nights, "injected": total, "curve": rows}
    if hours == 1:
        out["bound_at_one_a_month"] = {n: round(bound(cv, factor, n, 1, 500), 3) for n in NIGHTS}
    return out


def fill(path, nights, statements):
    """Nights as captures leave them: raw statements of the last 14, points of all."""
    db = sqlite3.connect(path)
    day, now = 86400 * 10**6, int(time.time()) * 10**6
    first = now - nights * day
    db.execute("INSERT INTO target (target_id, name, kind) VALUES (1, 'main', 'postgres')")
    db.executemany("INSERT INTO series VALUES (?, 1, 'statement.mean', ?)", ((i, str(10**18 + i)) for i in range(1, statements + 1)))
    db.executemany("INSERT INTO pg_statement_text (target_id, queryid, query, kind) VALUES (1, ?, ?, 'select')",
                   ((str(10**18 + i), f"SELECT a, b, c FROM table_{i} WHERE customer = $1 AND at > $2 ORDER BY at DESC LIMIT $3") for i in range(1, statements + 1)))
    x = 12345
    for night in range(nights):
        at = first + night * day + 3600 * 10**6
        rows = []
        for i in range(1, statements + 1):
            x = (x * 1103515245 + 12345) % 2**31
            rows.append(((at - day // 2) // (3600 * 10**6), i, 1000 + x % 90000, 10**6 + x % 10**6, x % 2, 1))
        db.executemany("INSERT INTO series_point VALUES (?,?,?,?,?,?)", rows)
        db.execute("INSERT INTO run (run_id, uuid, kind, started_us, ended_us, tool, outcome) VALUES (?, ?, 'capture', ?, ?, 'bench', 'ok')",
                   (night + 1, f"bench-{night}", at, at + 20 * 10**6))
        db.execute("INSERT INTO pg_server (run_id, target_id, at_us, version_num, database) VALUES (?, 1, ?, 150000, 'bench')", (night + 1, at))
        if night >= nights - 14:
            for edge, k in (("begin", 0), ("end", 1)):
                db.executemany("INSERT INTO pg_statement (run_id, target_id, at_us, edge, database, role, queryid, toplevel, calls, rows, total_ms, mean_ms, min_ms, max_ms,"
                               " stddev_ms, shared_hit, shared_read) VALUES (?,1,?,?,'bench','app',?,1,?,?,?,?,?,?,?,?,?)",
                               ((night + 1, at, edge, str(10**18 + i), night * 5000 + k, night * 9000, night * 7000.5, 1.4, 0.1, 99.5, 2.2, night * 40000, night * 900)
                                for i in range(1, statements + 1)))
        db.execute("INSERT INTO series_run VALUES (?)", (night + 1,))
        db.commit()
    db.close()


def audit(binary, nights, statements):
    folder = tempfile.mkdtemp(prefix="pa-audit-")
    try:
        subprocess.run([binary, "--state", folder, "history"], capture_output=True)
        config = os.path.join(folder, "perfadvise.yaml")
        open(config, "w").write("version: 1\n")
        run = lambda *a: subprocess.run([binary, "--config", config, "--state", folder, "audit", "--no-capture", *a], capture_output=True, text=True)
        path = os.path.join(folder, "history.db")
        run()  # makes the history
        fill(path, nights, statements)
        seconds = []
        for _ in range(3):
            before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
            done = run("--fail-on", "never")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if done.returncode:
                sys.exit(f"audit: {done.stderr}")
            seconds.append({"wall_s": round(time.time() - start, 2), "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2)})
        files = {f: os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder) if os.path.isfile(os.path.join(folder, f))}
        db = sqlite3.connect(path)
        judged = db.execute("SELECT judged FROM series_state ORDER BY run_id DESC LIMIT 1").fetchone()
        return {"nights": nights, "statements": statements, "audits": seconds, "judged": judged and judged[0], "files_bytes": files}
    finally:
        shutil.rmtree(folder)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", default="build")
    p.add_argument("--seeds", type=int, default=20)
    p.add_argument("--nights", type=int, default=400)
    p.add_argument("--statements", type=int, default=5000)
    p.add_argument("--only", choices=("curves", "time"))
    a = p.parse_args()
    out = "build/bench/audit.json"
    result = json.load(open(out)) if os.path.exists(out) else {}
    if a.only != "curves":
        result["time"] = audit(os.path.join(a.bin, "perfadvise"), a.nights, a.statements)
        print(json.dumps(result["time"], indent=1))
    if a.only != "time":
        result["curves"] = [curve(os.path.join(a.bin, "tests/shift_sim"), range(1, a.seeds + 1), name) for name in CASES]
        for c in result["curves"]:
            print(f"{c['case']}: {c['series_nights']:.0f} nights of series, {c['injected']:.0f} steps; bound at one false alert a month {c.get('bound_at_one_a_month')}")
            for row in c["curve"]:
                if row["limit"] in (3.0, 3.5, 4.0, 4.3, 4.5, 5.0):
                    print(f"  limit {row['limit']}: {row['false_alerts_a_month']:.2f} false a month over 500; found by night {row['found_by_night']}")
    os.makedirs("build/bench", exist_ok=True)
    json.dump(result, open(out, "w"), indent=1)


if __name__ == "__main__":
    main()
