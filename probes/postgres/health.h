/* The SQL of the questions about the server's health and the hygiene of its catalog (health.c, schema.c), beside those of catalog.c. */
#pragma once

extern const char ask_pulse_sql[], ask_archiver_sql[], ask_slru_sql[], ask_replicas_sql[], ask_recovery_sql[], ask_prepared_sql[];
extern const char ask_file_settings_sql[], ask_disk_sql[], ask_buffercache_schema_sql[];
extern const char ask_not_valid_sql[], ask_not_valid_18_sql[], ask_policies_sql[], ask_upgrade_sql[], ask_upgrade_15_sql[];

/* Who runs the server, by the roles and functions that the provider adds; NULL: nobody that is known. An expression. */
#define PROVIDER_SQL                                                                                                                        \
        "(SELECT CASE WHEN bool_or(rolname = 'rds_superuser') THEN CASE WHEN EXISTS (SELECT FROM pg_proc WHERE proname = 'aurora_version')" \
        "  THEN 'aurora' ELSE 'rds' END WHEN bool_or(rolname = 'alloydbsuperuser') THEN 'alloydb'"                                          \
        " WHEN bool_or(rolname = 'cloudsqlsuperuser') THEN 'cloudsql' WHEN bool_or(rolname IN ('azure_pg_admin', 'azuresu')) THEN 'azure'"  \
        " WHEN bool_or(rolname = 'supabase_admin') THEN 'supabase' WHEN bool_or(rolname = 'neon_superuser') THEN 'neon'"                    \
        " WHEN bool_or(rolname = 'doadmin') THEN 'digitalocean' END FROM pg_roles)"
