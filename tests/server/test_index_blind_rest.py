#!/usr/bin/python3
"""The second half of test_index_blind.py, which says what it is about."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_index_blind as blind  # noqa: E402

if __name__ == "__main__":
    sys.exit(blind.run(blind.SCHEMA, dict(list(blind.CASES.items())[blind.HALF:]), blind.MISSES))
