/*
 * The index of a world's Python files: what index.c lists and the others look up.
 */
#pragma once
#include "probes/source/python/python.h"

/* items.c */
void items_list(struct file *f); /* file->items and parts, once its scopes are known */

/* calls.c */
void calls_list(struct source *s, const char *name, size_t len, struct call_site *c); /* c, of the source's arena, comes after those of its file */
struct call_site *calls_listed(struct file *f, const char *name); /* the first of this file, without a note that it was asked for */
bool is_alias(const struct binding *b); /* import ... as: its calls are listed under what is imported too */
bool is_call_of_name(const struct file *f, uint32_t call); /* make(), not db.make() */
uint64_t calls_in_file(const struct file *f, const char *name, size_t len); /* key of the calls of a name in one file, for who looks at those alone */
uint32_t base_name(const struct file *f, uint32_t base); /* the last name of a base class; NO_NODE for what is none */
/* Where a class or a call registers others without a call of its name: it is listed under this too; NULL. For handler_register.c. */
const char *registration_key(const struct file *f, uint32_t n);
const char *base_key(struct arena *a, const struct file *f, uint32_t name); /* classes are listed under ":BASE" for eval_derived.c */
