/*
 * Redis: commands that are sent by their name, helpers that only pass one on, and commands that could travel together.
 */
#pragma once
#include "probes/source/python/sites.h"

/* "redis.asyncio.Redis.ttl" for execute_command("TTL", ...) on that type; NULL: no command that is known. In scratch. */
const char *redis_named(const struct file *f, uint32_t call, const char *callee);
/* The same of a receiver that is only called as a client of Redis is. */
struct call_class redis_guessed(const struct file *f, uint32_t call, struct call_class c);
/* Arguments before those of the command itself: 1 where its name is the first. */
int redis_skipped(const struct file *f, uint32_t call);
/* Does it send one command and no more? */
bool redis_is_thin(struct scope *fn);
/* "all of KEY", "adds to KEY", "cuts KEY" for the commands that do, where the key is one and known; else NULL. In scratch. */
const char *redis_key_note(struct scope *s, uint32_t call, const char *callee);
/* Sites of kind "pair": commands one after the other, none of which needs what the one before gives. After all sites of the file. */
void redis_pairs(struct source *s);
