#include "map/map.h"
void map_write_dot(const struct map *m, const struct map_options *o, struct str *out)
{
        (void)m, (void)o;
        str_add(out, "digraph fleet {}\n");
}
