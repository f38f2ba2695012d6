#!/usr/bin/python3
"""Output formats as their readers take them: SARIF by its schema, JUnit and CSV by parsers, GitLab and GitHub by their rules."""
import csv
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("PA_BUILD", os.path.join(TOP, "build"))
PA = os.path.join(BUILD, "perfadvise")


def result(name, why=None):
    print(f"not ok {name} - {why}" if why else f"ok {name}", flush=True)


def analyze(cwd, fmt, *args):
    done = subprocess.run([PA, "analyze", "--fail-on", "never", "-o", fmt, *args], cwd=cwd, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def hostile_tree(folder):
    """Names and texts that break out of a sink that does not encode."""
    code = open(os.path.join(TOP, "tests/data/review/bots/inbox.py"), encoding="utf-8").read()
    for name in ("a b&<c>\"'.py", "=cmd|calc.py", "per%0Acent,x=1:y.py", "\u202egnp.py", "new\nline.py", "wörter 😀.py"):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(code)
    shutil.copytree(os.path.join(TOP, "tests/data/review/bots"), os.path.join(folder, "bots"))
    shutil.copytree(os.path.join(TOP, "rules/examples/code"), os.path.join(folder, "examples"))


def sarif(tree):
    text = analyze(tree, "sarif", ".")
    log = json.loads(text)
    run = log["runs"][0]
    why = None
    rules = [r["id"] for r in run["tool"]["driver"]["rules"]]
    for r in run["results"]:
        if rules[r["ruleIndex"]] != r["ruleId"]:
            why = f"ruleIndex of {r['ruleId']}"
        place = r["locations"][0]["physicalLocation"]
        region = place["region"]
        if not re.fullmatch(r"[A-Za-z0-9._~/%-]+", place["artifactLocation"]["uri"]):
            why = f"uri {place['artifactLocation']['uri']!r}"
        if "endLine" not in region:
            why = f"no range: {r['ruleId']} {place}"
    fingerprints = [r["partialFingerprints"]["perfadviseKey/v1"] for r in run["results"]]
    if len(set(fingerprints)) != len(fingerprints):
        why = "fingerprints repeat"
    result("sarif: rules, places and fingerprints", why)
    try:
        import jsonschema
    except ImportError:
        print("skip sarif: schema - python3-jsonschema is missing", flush=True)
        return
    with open(os.path.join(TOP, "tests/data/sarif/schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    errors = list(jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).iter_errors(log))
    result("sarif: schema", f"{list(errors[0].absolute_path)}: {errors[0].message[:200]}" if errors else None)


def sarif_columns(tree):
    """Columns are UTF-16 code units: the marked text, cut out of the line as UTF-16, is the call."""
    log = json.loads(analyze(tree, "sarif", "--select", "code.query_in_loop", "bots"))
    why = "not found"
    for r in log["runs"][0]["results"]:
        region = r["locations"][0]["physicalLocation"]["region"]
        if region["startLine"] != 17:
            continue
        with open(os.path.join(tree, "bots/inbox.py"), encoding="utf-8") as f:
            line = f.read().splitlines()[16].encode("utf-16-le")
        marked = line[2 * (region["startColumn"] - 1):2 * (region["endColumn"] - 1)].decode("utf-16-le")
        why = None if marked.startswith("self.pool.fetchval(") and marked.endswith(')') else marked
    result("sarif: columns in UTF-16", why)


def junit(tree):
    root = ElementTree.fromstring(analyze(tree, "junit", "."))
    why = None
    for suite in root:
        cases = suite.findall("testcase")
        got = [len(cases)] + [sum(c.find(tag) is not None for c in cases) for tag in ("failure", "error", "skipped")]
        if got != [int(suite.get(k)) for k in ("tests", "failures", "errors", "skipped")]:
            why = f"counts of {suite.get('name')}: {got}"
    if int(root.get("tests")) != len(root.findall("./testsuite/testcase")):
        why = "counts of all suites"
    result("junit: parses, counts agree", why)


def gitlab(tree):
    issues = json.loads(analyze(tree, "gitlab", "."))
    prints = [i["fingerprint"] for i in issues]
    why = None if len(set(prints)) == len(prints) else "fingerprints repeat"
    for i in issues:
        if not set(i) == {"description", "check_name", "fingerprint", "severity", "location"} or i["location"]["path"].startswith(("/", "./")):
            why = str(i)
        if i["severity"] not in ("info", "minor", "major", "critical", "blocker") or i["location"]["lines"]["begin"] < 1:
            why = str(i)
    result("gitlab: fields", why if issues else "nothing")


def github(tree):
    lines = analyze(tree, "github", ".").splitlines()
    form = re.compile(r"::(error|warning|notice) file=[^,:]+,line=\d+(,endLine=\d+)?(,col=\d+)?(,endColumn=\d+)?,title=[^,:]+::.*")
    bad = [line for line in lines if not form.fullmatch(line) or "\u202e" in line]
    result("github: one command a line", bad[0] if bad or not lines else None)


def csv_rows(tree):
    rows = list(csv.reader(io.StringIO(analyze(tree, "csv", "."))))
    bad = [r for r in rows if len(r) != len(rows[0]) or any(f[:1] in "=+-@\t\r" and f for f in r)]
    result("csv: fields, no formulas", str(bad[0]) if bad or len(rows) < 5 else None)


def prometheus(tree):
    form = re.compile(r'# (HELP|TYPE) perfadvise_\w+ .*|perfadvise_\w+(\{(\w+="([^"\\\n]|\\.)*",?)*\})? [-+.0-9e]+')
    bad = [line for line in analyze(tree, "prometheus", ".").splitlines() if not form.fullmatch(line)]
    result("prometheus: lines", bad[0] if bad else None)


def main():
    tree = tempfile.mkdtemp(prefix="paf")
    try:
        hostile_tree(tree)
        for check in (sarif, sarif_columns, junit, gitlab, github, csv_rows, prometheus):
            try:
                check(tree)
            except (subprocess.SubprocessError, ValueError, KeyError, ElementTree.ParseError) as e:
                result(check.__name__, f"{type(e).__name__}: {e}")
    finally:
        shutil.rmtree(tree)


main()
