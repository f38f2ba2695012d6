/*
 * What is asked about the schema beyond tables and indexes: constraints that were never checked, policies of row-level security,
 * and what an upgrade of the server would stumble over.
 */
#include "probes/postgres/health.h"

#define USER_SCHEMA "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"

#define NOT_VALID(also)                                                                                                \
        "SELECT n.nspname AS schema, c.relname AS \"table\", x.conname AS name,"                                       \
        " CASE x.contype WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' WHEN 'n' THEN 'not null' ELSE x.contype::text END AS kind" \
        " FROM pg_constraint x JOIN pg_class c ON c.oid = x.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"    \
        " WHERE NOT x.convalidated AND x.conparentid = 0 " also " AND " USER_SCHEMA " ORDER BY 1, 2, 3 LIMIT 10000"
const char ask_not_valid_sql[] = NOT_VALID("");
/* From 18 on a constraint may be meant not to be enforced: it is never valid either. */
const char ask_not_valid_18_sql[] = NOT_VALID("AND x.conenforced");

/*
 * Functions that a policy calls again for each row though their answer is the same: without arguments or with constants, not immutable, and not
 * within a sub-select without FROM, which the planner runs once. What is left of the text after those are cut out is searched.
 */
const char ask_policies_sql[] =
        "WITH locked AS MATERIALIZED (SELECT DISTINCT l.relation FROM pg_locks l WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'"
        " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
        " SELECT n.nspname AS schema, c.relname AS \"table\", p.polname AS name,"
        " CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END AS command,"
        " p.polpermissive AS permissive, c.relrowsecurity AS enabled,"
        " (SELECT json_agg(CASE WHEN r = 0 THEN 'public' ELSE pg_get_userbyid(r) END ORDER BY r)::text FROM unnest(p.polroles) r) AS roles,"
        " (SELECT json_agg(DISTINCT m.f[1])::text FROM regexp_matches(x.rest, '((?:[a-z_][a-z0-9_]*[.])?[a-z_][a-z0-9_]*)[(]', 'g') m(f)"
        "  WHERE m.f[1] = 'current_setting' OR m.f[1] LIKE 'auth.%' OR EXISTS (SELECT FROM pg_depend d JOIN pg_proc f ON f.oid = d.refobjid"
        "   JOIN pg_namespace fn ON fn.oid = f.pronamespace WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid"
        "   AND d.refclassid = 'pg_proc'::regclass AND f.provolatile <> 'i' AND f.pronargs = 0"
        "   AND m.f[1] IN (f.proname, fn.nspname || '.' || f.proname))) AS calls"
        " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " CROSS JOIN LATERAL (SELECT CASE WHEN $1::boolean AND NOT EXISTS (SELECT FROM locked l WHERE l.relation = c.oid) THEN regexp_replace(concat_ws(' ',"
        "  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)),"
        "  '[(] SELECT (?:(?! FROM )[^()]|[(](?:[^()]|[(](?:[^()]|[(][^()]*[)])*[)])*[)])*[)]', '', 'g') END AS rest) x"
        " WHERE " USER_SCHEMA " ORDER BY 1, 2, 3 LIMIT 10000";

/* reg* types hold object numbers, which pg_upgrade does not keep; the versions of collations decide the order of indexes. */
#define UPGRADE                                                                                                        \
        "SELECT 'reg_column' AS kind, format('%s.%s.%s', n.nspname, c.relname, a.attname) AS name, format_type(a.atttypid, NULL) AS detail" \
        " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"     \
        " WHERE c.relkind IN ('r', 'm', 'p') AND NOT a.attisdropped AND a.attnum > 0 AND a.atttypid IN ('regproc'::regtype, 'regprocedure'::regtype," \
        " 'regoper'::regtype, 'regoperator'::regtype, 'regconfig'::regtype, 'regdictionary'::regtype, 'regnamespace'::regtype, 'regcollation'::regtype)" \
        " AND " USER_SCHEMA                                                                                            \
        " UNION ALL SELECT 'extension', name, installed_version || ' installed, ' || default_version || ' there' FROM pg_available_extensions" \
        " WHERE installed_version IS NOT NULL AND installed_version <> default_version"                                \
        " UNION ALL SELECT 'collation', collname, collversion || ' recorded, ' || pg_collation_actual_version(oid) || ' in use'" \
        " FROM pg_collation o WHERE collversion IS NOT NULL AND EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_collation'::regclass" \
        " AND d.refobjid = o.oid) AND collversion <> pg_collation_actual_version(oid)"
const char ask_upgrade_sql[] = UPGRADE " LIMIT 2000";
const char ask_upgrade_15_sql[] = UPGRADE
        " UNION ALL SELECT 'collation', 'database ' || datname, datcollversion || ' recorded, ' || pg_database_collation_actual_version(oid) || ' in use'"
        " FROM pg_database WHERE datname = current_database() AND datcollversion <> pg_database_collation_actual_version(oid) LIMIT 2000";
