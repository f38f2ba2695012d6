#include "probes/probe.h"

#include <string.h>

const struct probe *const probe_all[] = {
#define PROBE(name) &probe_##name,
#include "probes/probes.def"
#undef PROBE
        NULL,
};

const struct probe *probe_for_kind(const char *target_kind)
{
        for (const struct probe *const *p = probe_all; *p; p++)
                if (!strcmp((*p)->target_kind, target_kind))
                        return *p;
        return NULL;
}
