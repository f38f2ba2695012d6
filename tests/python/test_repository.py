#!/usr/bin/python3
"""The repository as a whole: manual equals help, tables are documented, install works, lint is clean."""
import os
import re
import subprocess
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("PA_BUILD", os.path.join(TOP, "build"))
os.chdir(TOP)


def result(name, why=None):
    print(f"not ok {name} - {why}" if why else f"ok {name}", flush=True)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def rows(path, word):
    return re.findall(rf"^{word}\((\w+)", read(path), re.M)


def manual_equals_help():
    done = subprocess.run(["docs/man/generate", os.path.join(BUILD, "perfadvise"), "--check"], stdout=subprocess.PIPE, text=True)
    result("manual equals help", done.stdout.strip() if done.returncode else None)


def help_keeps_to_a_terminal():
    binary = os.path.join(BUILD, "perfadvise")
    overview = subprocess.run([binary, "help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    commands = re.findall(r"^  (\w+) +\S", overview.split("commands:\n")[1].split("\n\n")[0], re.M)
    pages = {c: subprocess.run([binary, c, "-h"], stdout=subprocess.PIPE, text=True, check=True).stdout for c in commands}
    wide = [f"{name}: {line}" for name, page in [("perfadvise help", overview), *pages.items()] for line in page.splitlines() if len(line) > 80]
    result("help keeps to 80 columns", f"{wide[:3]}" if wide or len(commands) < 20 else None)


def lint_is_clean():
    done = subprocess.run(["tests/lint"], stdout=subprocess.PIPE, text=True)
    result("lint", "; ".join(done.stdout.splitlines()[:5]) if done.returncode else None)


def models_have_pages():
    missing = [m for m in rows("advisor/model/models.def", "MODEL") if not os.path.exists(f"docs/models/{m}.md")]
    result("each model has its page", f"no docs/models page for {missing}" if missing else None)


def probes_are_documented():
    text = read("docs/man/perfadvise-probes.7")
    missing = [p for p in rows("probes/probes.def", "PROBE") if p.replace("_", "\\-") not in text and p not in text]
    result("each probe is in perfadvise-probes(7)", f"{missing}" if missing else None)


def history_manual_names_every_table():
    text = read("docs/man/perfadvise-history.5").replace("\\-", "-")
    tables = re.findall(r"^CREATE TABLE (\w+)", "".join(read(os.path.join("store/schema", f)) for f in sorted(os.listdir("store/schema"))), re.M)
    views = re.findall(r"^CREATE TEMP VIEW (\w+)", read("store/facts.sql"), re.M)
    missing = [t for t in tables + views if t not in text]
    result("each table and view is in perfadvise-history(5)", f"{missing}: run docs/man/generate-history" if missing else None)


def configuration_manual_names_every_key():
    source = read("advisor/config/config.c")
    keys = set(re.findall(r'\{"(\w+)", load_', source))
    text = read("docs/man/perfadvise.yaml.5")
    missing = sorted(k for k in keys if k not in text)
    result("each configuration key is in perfadvise.yaml(5)", f"{missing}" if missing else None)


def installs_into_an_empty_destdir():
    with tempfile.TemporaryDirectory(prefix="pa dest ") as dest:
        done = subprocess.run(["make", "-s", "install", f"DESTDIR={dest}", "prefix=/usr"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        want = ["usr/bin/perfadvise", "usr/share/perfadvise/rules/index.yaml", "usr/share/man/man1/perfadvise.1"]
        missing = [w for w in want if not os.path.exists(os.path.join(dest, w))]
        why = done.stdout[-300:] if done.returncode else f"missing {missing}" if missing else None
        if not why:
            listed = subprocess.run([os.path.join(dest, "usr/bin/perfadvise"), "rules", "list"], stdout=subprocess.PIPE, text=True,
                                    env={"PATH": "/usr/bin:/bin", "HOME": dest, "PERFADVISE_SHARE": ""})
            why = None if listed.returncode == 0 and "query.slow" in listed.stdout else "the installed program does not find its rules"
        subprocess.run(["make", "-s", "uninstall", f"DESTDIR={dest}", "prefix=/usr"], stdout=subprocess.DEVNULL)
        left = [f for _, _, files in os.walk(dest) for f in files]
        result("install and uninstall", why or (f"left behind: {left}" if left else None))


def kinds_are_documented():
    documented = set(re.findall(r"^\| ([a-z0-9-]+) \|", read("docs/kinds.md"), re.M))
    used = set()
    for name in sorted(os.listdir("rules")):
        if name.endswith(".yaml"):
            used |= set(re.findall(r"^  kind: (\S+)", read(f"rules/{name}"), re.M))
    result("each kind of finding is in docs/kinds.md", f"{sorted(used - documented)}" if used - documented else None)


def readme_says_the_two_commands():
    text = read("README.md")
    missing = [c for c in ("make demo", "make check") if c not in text]
    result("README names both commands", f"{missing}" if missing else None)


def nothing_of_this_machine():
    found = subprocess.run(["git", "grep", "-nIE", "/wor[k]/|/roo[t]/\\.|://registr[y]", "--", "."],
                           stdout=subprocess.PIPE, text=True).stdout.strip()
    result("no paths of one machine", found.splitlines()[0] if found else None)


for check in (manual_equals_help, help_keeps_to_a_terminal, lint_is_clean, models_have_pages, probes_are_documented, history_manual_names_every_table,
              configuration_manual_names_every_key, installs_into_an_empty_destdir, kinds_are_documented, readme_says_the_two_commands, nothing_of_this_machine):
    try:
        check()
    except (OSError, subprocess.SubprocessError) as e:
        result(check.__name__.replace("_", " "), str(e).replace("\n", " ")[:300])
