/*
 * How settings are changed where ALTER SYSTEM is not allowed: the command of whoever runs the server as a service. Values are
 * given in the setting's own unit, as the services ask for.
 */
#pragma once
#include "facts.h"

/* NULL: ALTER SYSTEM is right. setting may be NULL. */
const char *provider_command(struct arena *a, const struct fact_server *server, const struct fact_setting *setting, const char *name, const char *value);
/* "4GB" in a unit of pg_settings ("8kB", "kB", "ms", ...); the text itself where it has no unit or is none. */
const char *provider_base_value(struct arena *a, const char *value, const char *unit);
