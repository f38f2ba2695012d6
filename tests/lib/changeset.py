"""Change-set folders without an analysis, for tests: `perfadvise apply PATH` takes them.

    folder = changeset.write(tmp / "set", [
        changeset.value(tmp / "roots" / "a.py", b"20", b"8", "python"),
    ])
"""
import hashlib
import itertools
import json
import os
import socket

_numbers = itertools.count(1)


def value(path, before, after, fmt, kind="file_value", phase="file", at=None, **more):
    """The change of one value: `before` must stand in the file exactly once, or at byte `at`."""
    with open(path, "rb") as f:
        content = f.read()
    if at is None:
        assert content.count(before) == 1, (path, before)
        at = content.index(before)
    line = content.count(b"\n", 0, at) + 1
    return {"kind": kind, "phase": phase, "knob": f"{path}@{at}", "path": str(path), "format": fmt, "key_path": "pool_size",
            "line": line, "byte_start": at, "byte_end": at + len(before), "before": before, "after": after, **more}


def whole(path, after, kind="file_whole", phase="file"):
    return {"kind": kind, "phase": phase, "knob": str(path), "path": str(path), "after": after}


def cron(path, name, line):
    return {"kind": "cron_line", "phase": "warm", "knob": f"{path}#{name}", "path": str(path), "object": name, "after": line}


def sql(kind, phase, obj, forward, undo, **more):
    return {"kind": kind, "phase": phase, "knob": obj, "object": obj, "forward_sql": forward, "undo_sql": undo, **more}


def _scalar(v):
    if isinstance(v, bool):
        return "true" if v else "false"
    return str(v) if isinstance(v, int) else json.dumps(v)


def _map(pairs, indent):
    lines = []
    for key, v in pairs.items():
        if isinstance(v, bytes):
            try:
                v = v.decode("utf-8")
            except UnicodeDecodeError:
                key, v = key + "_hex", v.hex()
        if v is not None:
            lines.append(f"{' ' * indent}{key}: {_scalar(v)}")
    lines[0] = " " * (indent - 2) + "- " + lines[0].lstrip()
    return lines


def _file(path):
    try:
        st = os.lstat(path)
        with open(path, "rb") as f:
            content = f.read()
    except OSError:
        return {"path": str(path), "exists": False, "size_bytes": 0, "mode": "0000", "uid": 0, "gid": 0}
    return {"path": str(path), "exists": True, "sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content),
            "mode": f"{st.st_mode & 0o7777:04o}", "uid": st.st_uid, "gid": st.st_gid}


def write(folder, changes, name=None, keys=None):
    """Writes the folder; each change becomes a recommendation with a key of its own (keys, or 12 hex digits)."""
    name = name or f"2026-01-01T0000-{next(_numbers):04x}"
    files = list(dict.fromkeys(c["path"] for c in changes if c.get("path")))
    lines = ["version: 1", f'name: "{name}"', 'created: "2026-01-01T00:00:00Z"', "created_us: 1767225600000000",
             'tool: "test"', f"host: {json.dumps(socket.gethostname())}", "files:" + ("" if files else " []")]
    os.makedirs(os.path.join(folder, "new"), mode=0o700)
    for path in files:
        lines += _map({k: v for k, v in _file(path).items()}, 4)
    lines.append("recommendations:")
    for i, change in enumerate(changes):
        change = dict(change)
        if change["kind"] in ("file_whole", "schedule") and change.get("after") is not None:
            number = files.index(change["path"]) + 1
            with open(os.path.join(folder, "new", f"{number:02d}.{os.path.basename(change['path'])}"), "wb") as f:
                f.write(change.pop("after"))
            change["creates"] = True
        key = keys[i] if keys else f"{i + 1:012x}"
        lines += _map({"key": key, "rule": "test.rule", "title": f"change {i + 1}"}, 4)
        lines += ["    evidence: []", "    effects: []", "    changes:"] + _map(change, 8)
    with open(os.path.join(folder, "changeset.yaml"), "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    return str(folder)
