/*
 * One writer per state folder: a flock on STATE/lock, which the kernel drops when the holder dies, so a dead holder needs no
 * cleaning. The file holds the pid of the holder, for the message only.
 */
#pragma once
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"

struct lock;
/* ERR_REFUSED naming the pid when another process holds it. */
int lock_take(struct arena *a, const char *state_dir, struct lock **ret_lock, struct err *err);
/* The same on another file of the folder, for what may run beside an apply but not beside itself. */
int lock_take_named(struct arena *a, const char *state_dir, const char *name, struct lock **ret_lock, struct err *err);
/* The pid of who holds the lock of the folder now, or NULL. For messages: the next moment it may be otherwise. */
const char *lock_holder(struct arena *a, const char *state_dir);
struct lock *lock_free(struct lock *l); /* returns NULL */
DEFINE_CLEANUP(struct lock *, lock_free)
