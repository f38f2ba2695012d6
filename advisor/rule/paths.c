#include "rule/paths.h"

#include <fnmatch.h>
#include <string.h>

enum { STARS_MAX = 8 }; /* of ** in one glob: each may try every folder */

static bool match(const char *glob, const char *path, int stars)
{
        const char *next = strstr(glob, "**");
        if (!next)
                return fnmatch(glob, path, FNM_PATHNAME) == 0;
        if (stars == STARS_MAX)
                return false;
        char head[1024];
        size_t n = (size_t)(next - glob);
        if (n >= sizeof head)
                return false;
        memcpy(head, glob, n);
        head[n] = '\0';
        const char *rest = next + 2 + (next[2] == '/');
        /* what stands before ** has as many folders as the beginning of the path */
        const char *at = path;
        for (const char *slash = strchr(head, '/'); slash; slash = strchr(slash + 1, '/')) {
                at = strchr(at, '/');
                if (!at++)
                        return false;
        }
        char begin[4096];
        size_t len = (size_t)(at - path);
        if (len >= sizeof begin)
                return false;
        memcpy(begin, path, len);
        begin[len] = '\0';
        if (fnmatch(head, begin, FNM_PATHNAME) != 0)
                return false;
        if (!*rest)
                return *at;
        for (; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
                if (match(rest, at, stars + 1))
                        return true;
        return false;
}

bool path_matches(const char *glob, const char *path)
{
        while (glob[0] == '.' && glob[1] == '/')
                glob += 2;
        size_t n = strlen(glob);
        while (n && glob[n - 1] == '/')
                n--;
        if (!strncmp(glob, path, n) && (path[n] == '/' || (!path[n] && !glob[n])))
                return true;
        const char *name = strrchr(path, '/');
        if (!strchr(glob, '/') && !strstr(glob, "**"))
                return fnmatch(glob, name ? name + 1 : path, 0) == 0;
        return match(glob, path, 0);
}

struct path_verdict path_verdict_of(const struct config *config, const struct rule *rule, const char *abs)
{
        struct path_verdict v = {0};
        size_t n = strlen(config->dir);
        if (!abs || !config->path_settings.len || strncmp(abs, config->dir, n) || abs[n] != '/')
                return v;
        for (size_t i = 0; i < config->path_settings.len; i++) {
                const struct path_setting *s = &config->path_settings.items[i];
                if (!rule_is_called(rule, s->rule, strlen(s->rule)) || !path_matches(s->glob, abs + n + 1))
                        continue;
                v.ignore = s->ignore;
                v.severity = s->severity ? s->severity : v.severity;
                v.glob = s->glob;
        }
        return v;
}
