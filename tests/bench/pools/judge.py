"""Judges the measurements."""
import json


def read(path):
    try:
        with open(path, encoding="ascii") as f:
            return [json.loads(line) for line in f]
    except FileNotFoundError:
        return []


def report(build, mix, folder, runs):
    return 0
