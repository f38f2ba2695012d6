/*
 * A change-set on disk (design.md, section 8): a folder that a person can review, apply, and take back by hand.
 *
 *      STATE/changes/2026-11-23T0230-4f1c/     mode 0700
 *        changeset.yaml    every change with its evidence, predicted effects, risk and precondition; versioned
 *        forward.diff      all file changes, for `patch -p1` from /
 *        forward.sql       all statements, for psql
 *        rollback.sql      their undoing, in reverse order
 *        rollback/         the files as they were, and files.yaml with owner, mode and attributes
 *        new/              the content of whole new files
 *        journal           what was done (act/journal.h), from the first apply on
 *        superseded        the name of the newer change-set, when a later analysis made one
 *        README            how to undo by hand
 *
 * Written here, read back here; what happens to targets is act/'s business. A change-set holds no path of the machine's
 * state folder, so it can be made on one machine and applied on another that has the same files.
 */
#pragma once
#include "base/str.h"
#include "change/change.h"

enum { CHANGESET_VERSION = 1, CHANGESET_FILE_MAX = 16 << 20, CHANGESET_FILES_MAX = 256 };

/* A file as it must be for the change-set to apply. */
struct planned_file {
        const char *path;
        bool exists;
        const char *sha256; /* NULL when it does not exist */
        int64_t size_bytes;
        unsigned mode;
        int64_t uid, gid;
};

struct changeset {
        const char *name, *dir;
        const char *created; /* ISO 8601, UTC */
        int64_t created_us;
        const char *tool, *host;
        VEC(struct recommendation) recommendations;
        VEC(struct planned_file) files;
        char yaml_sha256[65]; /* of changeset.yaml as loaded */
};

/*
 * Writes a change-set below state_dir/changes from the recommendations that hold changes, ordered by phase. *ret_name and
 * *ret_path are NULL when there is nothing to change. ERR_REFUSED when two changes turn one knob, touch the same bytes, or do not
 * fit the files as they are now. Nothing is left behind on failure.
 */
int changeset_create(struct arena *a, const char *state_dir, const struct recommendation *recs, size_t n, const struct config *config,
                     const char **ret_name, const char **ret_path, struct err *err);

/* Reads DIR/changeset.yaml; ERR_CONFIG or ERR_PARSE with the position for anything wrong in it. */
int changeset_load(struct arena *a, const char *dir, struct changeset **ret_set, struct err *err);

/* The folder of a change-set by name, or by the path of its folder. ERR_USAGE when there is none. */
int changeset_find(struct arena *a, const char *state_dir, const char *name, const char **ret_dir, struct err *err);

/* Where a change-set of this state folder lives. */
const char *changeset_dir(struct arena *a, const char *state_dir, const char *name);

/* Copies a change-set from anywhere into the state folder; one that is there already stays. ERR_REFUSED when another has its name. */
int changeset_import(struct arena *a, const char *state_dir, const char *dir, const char **ret_dir, struct err *err);

/* Names in state_dir/changes, oldest first, NULL-terminated. */
const char **changeset_list(struct arena *a, const char *state_dir);

/* Marks an open change-set as superseded by a newer one: `apply` takes it by its name only. The mark names the newer one, or NULL. */
int changeset_supersede(struct arena *a, const char *dir, const char *by, struct err *err);
const char *changeset_superseded(struct arena *a, const char *dir);

const struct planned_file *changeset_file(const struct changeset *set, const char *path);

/* For the modules of this folder: the text of changeset.yaml, and of README. */
void changeset_emit(struct str *out, const struct changeset *set);
void changeset_emit_readme(struct arena *a, struct str *out, const struct changeset *set);

/* The changes of a change-set in the order in which they are carried out: by phase, then as recommended. */
struct change_ref {
        const struct recommendation *rec;
        const struct change *change;
};
size_t changeset_order(struct arena *a, const struct recommendation *recs, size_t n, struct change_ref **ret_refs);

/* Where file number i of a change-set is kept: "01.pgbouncer.ini". */
const char *changeset_file_name(struct arena *a, size_t i, const char *path);
