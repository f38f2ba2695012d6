/*
 * Entry points, between the files that find them: by a decorator or a class (handlers.c), by a call that registers them.
 */
#pragma once
#include "probes/source/python/python.h"

/* handlers.c */
bool handler_is_verb(const char *word);             /* what frameworks call their events: message, get, command */
bool handler_is_view_method(const char *name);      /* of a class of views */
const char *handler_framework(struct scope *s, uint32_t object); /* that an expression comes from; NULL */
const char *handler_label(const struct file *f, uint32_t call);  /* " '/users'", or "" */

/* handler_register.c: by a call anywhere that hands the function over; NULL. In scratch. */
const char *handler_registered(struct scope *fn);
