#include "change/change.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "lib/digest.h"

#include <string.h>

const char *const change_kind_names[CHANGE_KIND_COUNT] = {
#define CHANGE(name, doc) [CHANGE_##name] = #name,
#include "change/kinds.def"
#undef CHANGE
};

const char *const change_kind_docs[CHANGE_KIND_COUNT] = {
#define CHANGE(name, doc) [CHANGE_##name] = doc,
#include "change/kinds.def"
#undef CHANGE
};

const char *const change_phase_names[PHASE_COUNT] = {"statistics", "index", "raise", "file", "reload", "lower", "warm"};
const char *const severity_names[SEVERITY_COUNT] = {"info", "warning", "critical"};
const char *const quiet_names[QUIET_COUNT] = {"", "source", "configuration", "baseline"};
const char *const risk_names[RISK_COUNT] = {"low", "medium", "high"};

const char *finding_key(struct arena *a, const char *rule, const char *subject, const char *discriminator)
{
        CLEANUP(str_release) struct str s = {0};
        str_add(&s, rule);
        str_add_char(&s, '\0');
        str_add(&s, subject);
        str_add_char(&s, '\0');
        str_add(&s, discriminator ? discriminator : "");
        char hex[DIGEST_HEX];
        digest_sha256(s.buf, s.len, hex);
        return arena_strndup(a, hex, 12);
}

bool finding_is_inventory(const struct finding *f)
{
        static const char *const kinds[] = {"pool-size", "cache-config", "sql-site", "dynamic-sql", "server-limit", NULL};
        for (const char *const *k = kinds; *k && f->kind && f->file; k++)
                if (!strcmp(*k, f->kind))
                        return f->severity == SEVERITY_INFO;
        return false;
}
