#include "model/pg_provider.h"
#include "base/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double factor_of(const char *unit)
{
        static const struct {
                const char *unit;
                double factor; /* bytes or milliseconds */
        } units[] = {{"B", 1}, {"kB", 1024}, {"8kB", 8192}, {"MB", 1048576}, {"16MB", 16777216}, {"GB", 1073741824}, {"TB", 1099511627776.0},
                     {"us", 0.001}, {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
                if (!strcmp(units[i].unit, unit))
                        return units[i].factor;
        return NAN;
}

const char *provider_base_value(struct arena *a, const char *value, const char *unit)
{
        char *end;
        double number = strtod(value, &end);
        if (!unit || end == value || !*end)
                return value;
        double base = number * factor_of(end) / factor_of(unit);
        return isnan(base) ? value : arena_printf(a, "%.0f", base);
}

const char *provider_command(struct arena *a, const struct fact_server *server, const struct fact_setting *setting, const char *name, const char *value)
{
        if (!server || !server->provider || server->is_superuser)
                return NULL;
        const char *p = server->provider, *base = provider_base_value(a, value, setting ? setting->unit : NULL);
        bool restart = setting && setting->context && !strcmp(setting->context, "postmaster");
        const char *then = restart ? ", then restart the instance" : "";
        if (!strcmp(p, "rds") || !strcmp(p, "aurora"))
                return arena_printf(a, "aws rds modify-db-%sparameter-group --db-%sparameter-group-name GROUP --parameters \"ParameterName=%s,ParameterValue=%s,ApplyMethod=%s\"%s",
                                    *p == 'a' ? "cluster-" : "", *p == 'a' ? "cluster-" : "", name, base, restart ? "pending-reboot" : "immediate",
                                    restart ? ", then reboot the instance" : "");
        if (!strcmp(p, "cloudsql"))
                return arena_printf(a, "gcloud sql instances patch INSTANCE --database-flags=%s=%s (name all other flags too: those left out are reset)%s", name, base, then);
        if (!strcmp(p, "alloydb"))
                return arena_printf(a, "gcloud alloydb instances update INSTANCE --cluster=CLUSTER --region=REGION --database-flags=%s=%s (name all other flags too)%s", name, base, then);
        if (!strcmp(p, "azure"))
                return arena_printf(a, "az postgres flexible-server parameter set --resource-group GROUP --server-name SERVER --name %s --value %s%s", name, base, then);
        if (!strcmp(p, "supabase"))
                return arena_printf(a, "supabase --experimental postgres-config update --config %s=%s%s", name, value, then);
        return arena_printf(a, "in the console of %s: %s = %s%s; ALTER ROLE or ALTER DATABASE ... SET works for most settings", p, name, value, then);
}
