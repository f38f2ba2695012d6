"""Index advice against every rival: for a statement, all B-trees of up to three of the columns that it names (each with and without the rest
included, in the directions of its ORDER BY, partial by what the case gives), and the forms that the case adds, are built and timed.

The judgement has no slack but CLOCK_MS: the advice is the fastest of all, or within a tenth of it and no larger. What loses is asserted by name
in the caller's MISSES, so that a better adviser must take it off."""
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import servers as harness  # noqa: E402

BUILD = os.path.abspath(os.environ.get("PA_BUILD", os.path.join(TOP, "build")))
VERBOSE = int(os.environ.get("VERBOSE") or 0)
UNITS_A_MS = 300  # of the planner's cost, as measured; told to the advice instead of the clock's, so that it is the same on a busy machine
CLOCK_MS = 0.006  # by which the best of a hundred runs of one plan differs from one time to the next
NEVER_KEYS = re.compile(r"json|\[\]|^ts(vector|query)|range|point|box|polygon|circle")
PG_SET = {"jit": "off", "shared_buffers": "256MB", "fsync": "off", "autovacuum": "off", "shared_preload_libraries": "pg_stat_statements",
          "max_parallel_workers_per_gather": "0", "maintenance_work_mem": "128MB"}


class Case:
    """forms: whole definitions; keys: expressions that take part like columns; where: predicates of partial indexes; none: nothing may be advised."""

    def __init__(self, statement, *forms, keys=(), where=(), none=False):
        self.statement, self.forms, self.keys, self.where, self.none = statement, list(forms), list(keys), list(where), none


class Bench:
    def __init__(self, servers):
        self.servers = servers
        self.folder = tempfile.mkdtemp(prefix="paic.")
        self.columns = {}

    def dsn(self):
        return f"host={self.servers.run_dir} port={self.servers.pg_port} user=postgres dbname=postgres"

    def sql(self, text):
        done = subprocess.run([harness.PG_BIN / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.dsn()], input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout

    def load(self, schema):
        self.sql(schema)
        for line in self.sql("SELECT relname, attname, format_type(atttypid, atttypmod) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid"
                             " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0").splitlines():
            table, column, kind = line.split("|")
            self.columns.setdefault(table, {})[column] = kind
        subprocess.run([os.path.join(BUILD, "tests/drive"), "postgres", self.dsn(), "0", os.path.join(self.folder, "history.db")], check=True, stdout=subprocess.DEVNULL)

    # -- times

    def best_of(self, statement, runs):
        one = f"BEGIN; EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}; ROLLBACK;\n"
        text, best, decoder, at = self.sql(one * runs), 1e9, json.JSONDecoder(), 0
        while at < len(text):
            plan, at = decoder.raw_decode(text, at)
            best = min(best, plan[0]["Execution Time"])
            at = len(text) - len(text[at:].lstrip())
        return best

    def time_ms(self, statement, at_most=1e9):
        """The best of some runs; of many when they are short, unless it is hopeless."""
        best = self.best_of(statement, 3)
        if best < 20 and best < 3 * at_most:
            best = min(best, self.best_of(statement, 30 if best < 2 else 5))
        return best

    def build(self, definitions):
        for i, d in enumerate(definitions):
            analyze = f" ANALYZE {d.split()[0]};" if re.search(r"\(\(|\w\(", d.split(" USING ")[1].split(" INCLUDE ")[0]) else ""
            self.sql(f"CREATE INDEX rival_{i} ON {d};{analyze}")
        return int(self.sql("SELECT coalesce(sum(pg_relation_size(oid)), 0) FROM pg_class WHERE relname LIKE 'rival%'"))

    def drop(self, definitions):
        self.sql("".join(f"DROP INDEX rival_{i};" for i in range(len(definitions))))

    def try_out(self, definitions, statement, at_most=1e9, runs=0):
        """(ms, bytes), or None when the planner takes none of them."""
        size = self.build(definitions)
        try:
            if "rival_" not in self.sql(f"EXPLAIN {statement}"):
                return None
            return (self.best_of(statement, runs) if runs else self.time_ms(statement, at_most)), size
        finally:
            self.drop(definitions)

    # -- advice

    def advise(self, name, statement):
        before_ms = json.loads(self.sql(f"EXPLAIN (FORMAT JSON) {statement}"))[0]["Plan"]["Total Cost"] / UNITS_A_MS
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        with open(os.path.join(folder, "it.sql"), "w", encoding="utf-8") as f:
            f.write(f"-- calls 1000 mean_ms {before_ms:.3f}\n{statement};\n")
        done = subprocess.run([os.path.join(BUILD, "tests/index_advise"), self.dsn(), os.path.join(self.folder, "history.db"), "1e9", folder], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise AssertionError(done.stderr)
        if VERBOSE > 2:
            print(done.stdout)
        return [i["definition"].split(" ON public.")[1] for i in json.loads(done.stdout)["indexes"]]

    # -- rivals

    def tables_of(self, case):
        plain = re.sub(r"'[^']*'", "''", case.statement)
        return [t for t in self.columns if re.search(rf"\b(FROM|JOIN|UPDATE|INTO|,)\s+{t}\b", plain)], plain

    def rivals_of(self, case):
        """By table."""
        tables, plain = self.tables_of(case)
        found = {}
        for table in tables:
            named = [c for c in self.columns[table] if re.search(rf"(?<!\w){c}(?!\w)", plain)]
            head, _, tail = plain.partition(" FROM ") if plain.upper().startswith("SELECT") else ("", "", plain)
            tail += " ".join(re.findall(r"DISTINCT.*|\b(?:min|max)\([^)]*\)", head))
            keys = [c for c in named if re.search(rf"(?<!\w){c}(?!\w)", tail) and not NEVER_KEYS.search(self.columns[table][c])]
            keys += [k for k in case.keys if any(re.search(rf"(?<!\w){c}(?!\w)", k) for c in self.columns[table])]
            star = "*" in head.replace("count(*)", "") or not plain.upper().startswith(("SELECT", "WITH"))
            rest = [] if star else [c for c in named if not NEVER_KEYS.search(self.columns[table][c])]
            found[table] = self.forms_of(case, table, keys, rest, plain)
            found[table] += [f for f in case.forms if f.split()[0] == table]
        return found

    @staticmethod
    def forms_of(case, table, keys, rest, plain):
        order = re.findall(r"ORDER BY (.*?)(?: LIMIT| FOR|\)|$)", plain)
        directions = {m[0]: (" DESC" if m[1] else "") + (m[2] or "") for o in order for m in re.findall(r"(?:\w+\.)?(\w+)( DESC)?( NULLS (?:LAST|FIRST))?", o)}
        special = len(set(directions.values())) > 1 or any("NULLS" in d for d in directions.values())
        forms = []
        for n in (1, 2, 3):
            for p in itertools.permutations(keys, n):
                orders = [", ".join(p)]
                if special and any(directions.get(k) for k in p):
                    orders.append(", ".join(k + directions.get(k, "") for k in p))
                more = [c for c in rest if c not in p]
                for o in orders:
                    forms.append(f"{table} USING btree ({o})")
                    if more and len(more) <= 5:
                        forms.append(f"{table} USING btree ({o}) INCLUDE ({', '.join(more)})")
                    if n < 3:
                        forms += [f"{table} USING btree ({o}) WHERE {w}" for w in case.where]
        for w in case.where:
            forms.append(f"{table} USING btree (id) WHERE {w}")
        return forms


def measure(b, case, advised):
    """{definitions: (ms, bytes)} of what the planner takes, the best last measured side by side with the advice."""
    none = b.time_ms(case.statement)
    times, best = {(): (none, 0)}, none
    for forms in b.rivals_of(case).values():
        for form in forms:
            got = b.try_out([form], case.statement, best)
            if got:
                times[(form,)] = got
                best = min(best, got[0])
    if len(b.tables_of(case)[0]) > 1:
        singles = sorted((t for t in times if t), key=lambda t: times[t][0])[:40]
        by_table = {}
        for s in singles:
            by_table.setdefault(s[0].split()[0], []).append(s[0])
        for pair in itertools.combinations(by_table, 2):
            for both in itertools.product(*(by_table[t][:6] for t in pair)):
                got = b.try_out(both, case.statement, best)
                if got:
                    times[both] = got
    finals = sorted(times, key=lambda t: times[t][0])[:3] + [tuple(advised)]
    for round_ in range(2):
        for f in dict.fromkeys(finals):
            ms, size = (b.best_of(case.statement, 40 if none < 20 else 5), 0) if not f else b.try_out(f, case.statement, runs=100 if times.get(f, (0,))[0] < 2 else 6) or (none, 1 << 40)
            times[f] = (ms if not round_ else min(ms, times[f][0]), size)
    return times, none


def judge(b, name, case, misses):
    """None when the advice is right, or as wrong as it is known to be; else what is wrong with it."""
    advised = tuple(b.advise(name, case.statement))
    if case.none:
        return f"advised {advised}, where nothing helps" if advised else None
    times, none = measure(b, case, advised)
    ms, size = times[advised]
    best = min(times, key=lambda t: times[t][0])
    best_ms, best_size = times[best]
    told = f"advised {advised} ({ms:.3f} ms, {size / 1e6:.2f} MB), best of {len(times)} {best} ({best_ms:.3f} ms, {best_size / 1e6:.2f} MB), none {none:.3f} ms"
    if VERBOSE:
        print(f"  {name}: {told}", flush=True)
        for t in sorted(times, key=lambda t: times[t][0])[:6 if VERBOSE > 1 else 0]:
            print(f"      {times[t][0]:.3f} ms {times[t][1] / 1e6:.2f} MB {t}")
    right = ms <= 1.02 * best_ms + CLOCK_MS or (ms <= 1.1 * best_ms + CLOCK_MS and size <= 1.05 * best_size)
    if name in misses:
        known, most = misses[name]
        return None if list(advised) == known and not right and ms <= most * best_ms else f"not the known miss {misses[name]}: {told}"
    return None if right else told


def run(schema, cases, misses):
    wanted = [n for n in os.environ.get("CASES", "").split(",") if n] or list(cases)
    failed = 0
    try:
        with harness.Servers(pg=True, pg_set=PG_SET) as servers:
            b = Bench(servers)
            b.load(schema)
            for name in wanted:
                why = judge(b, name, cases[name], misses)
                failed += why is not None
                print(f"{'not ok' if why else 'ok'} {name}{' - ' + why if why else ''}", flush=True)
                if not cases[name].statement.startswith(("SELECT", "WITH")):
                    b.sql("VACUUM ANALYZE")
            shutil.rmtree(b.folder)
    except harness.MissingPackage as e:
        print(f"skip index cases - {e} is not installed")
        return 77
    missed = [n for n in wanted if n in misses]
    print(f"{len(wanted) - failed - len(missed)} of {len(wanted)} right, {len(missed)} known misses{': ' if missed else ''}{', '.join(missed)}, {failed} not as written")
    return 1 if failed else 0
