"""What must be as it was after a rollback: every file, the schema, every setting."""

import difflib
import hashlib
import stat
import subprocess

SETTINGS = """
SELECT name, setting, source FROM pg_settings ORDER BY name;
SELECT coalesce(d.datname, '*'), coalesce(r.rolname, '*'), s.setconfig
FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole
ORDER BY 1, 2;
SELECT pg_read_file('postgresql.auto.conf');
SELECT c.oid::regclass, c.reloptions FROM pg_class c WHERE c.reloptions IS NOT NULL ORDER BY 1;
"""

# The columns of SHOW DATABASES that are configuration; the others count connections.
POOLER_COLUMNS = ("name", "host", "port", "database", "force_user", "pool_size", "min_pool_size", "reserve_pool",
                  "pool_mode", "max_connections")

# Not the application's: perfadvise's own files, and what Python makes of sources.
LEFT_OUT = (".perfadvise", "perfadvise.yaml", "__pycache__")


def take_snapshot(fleet, folder):
    """Writes files.sha256, schema.sql and settings.txt to the folder; returns their paths."""
    folder.mkdir(parents=True)
    contents = {"files.sha256": file_manifest(fleet.folder), "schema.sql": schema_dump(fleet),
                "settings.txt": all_settings(fleet)}
    for name, text in contents.items():
        (folder / name).write_text(text)
    return [folder / name for name in contents]


def differences(before, after):
    """A unified diff of two snapshots; empty when all is equal."""
    diff = []
    for old, new in zip(before, after, strict=True):
        diff += difflib.unified_diff(old.read_text().splitlines(True), new.read_text().splitlines(True),
                                     f"before/{old.name}", f"after/{new.name}")
    return "".join(diff)


def file_manifest(folder):
    """Mode, owner, checksum and name of every file and folder."""
    lines = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if any(part in LEFT_OUT for part in name.parts):
            continue
        status = path.lstat()
        if path.is_symlink():
            content = f"-> {path.readlink()}"
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "-"
        lines.append(f"{stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid} {content} {name}\n")
    return "".join(lines)


def schema_dump(fleet):
    command = ["/usr/lib/postgresql/15/bin/pg_dump", "--schema-only", "-h", fleet.run_dir, "-p", str(fleet.pg_port),
               "-U", "postgres", "hearts"]
    dump = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # newer releases begin and end a dump with a word made of chance
    return "".join(line for line in dump.splitlines(True) if not line.startswith(("\\restrict", "\\unrestrict")))


def all_settings(fleet):
    sections = {
        "PostgreSQL": fleet.psql("-At", "-c", SETTINGS),
        "Redis": fleet.redis_cli("CONFIG", "GET", "*"),
        "PgBouncer": fleet.pgbouncer("SHOW CONFIG") + pooler_databases(fleet.pgbouncer("SHOW DATABASES", header=True)),
    }
    return "".join(f"# {name}\n{text}\n" for name, text in sections.items())


def pooler_databases(text):
    header, *rows = (line.split("|") for line in text.splitlines())
    columns = [header.index(name) for name in POOLER_COLUMNS]
    return "".join("|".join(row[column] for column in columns) + "\n" for row in rows)
