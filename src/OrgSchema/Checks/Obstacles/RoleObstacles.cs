using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Rights that the migrating role needs and has not. What does not exist is <see cref="BaselineObstacles"/>' business.</summary>
internal static class RoleObstacles
{
    private const string Sql = """
        -- orgschema preflight: rights of the role
        WITH s AS (
            SELECT nspname, oid, nspowner
            FROM pg_catalog.pg_namespace
            WHERE nspname IN ('public', 'auth', 'orgschema')
        ), t AS (
            SELECT s.nspname, c.relname, c.oid, pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)) AS owner,
                   pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned
            FROM s
            JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid
            WHERE c.relkind IN ('r', 'p', 'S', 'v', 'm')
        )
        SELECT id, current_user::text, lacks, pg_catalog.format(mend, pg_catalog.quote_ident(current_user))
        FROM (
            SELECT 1, 'right-create-in-public', 'may not create tables in schema public',
                   'GRANT USAGE, CREATE ON SCHEMA public TO %1$s;'
            FROM s
            WHERE nspname = 'public'
              AND NOT (pg_catalog.has_schema_privilege(oid, 'USAGE') AND pg_catalog.has_schema_privilege(oid, 'CREATE'))
            UNION ALL
            SELECT 2, 'right-create-schema', 'may not create the private schema orgschema in this database',
                   'GRANT CREATE ON DATABASE ' || pg_catalog.replace(pg_catalog.quote_ident(pg_catalog.current_database()), '%', '%%') || ' TO %1$s;'
            WHERE NOT EXISTS (SELECT FROM s WHERE nspname = 'orgschema')
              AND NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
            UNION ALL
            SELECT 3, 'right-private-schema', 'may not use and create in the private schema orgschema',
                   'GRANT USAGE, CREATE ON SCHEMA orgschema TO %1$s;'
            FROM s
            WHERE nspname = 'orgschema'
              AND NOT (pg_catalog.has_schema_privilege(oid, 'USAGE') AND pg_catalog.has_schema_privilege(oid, 'CREATE'))
            UNION ALL
            SELECT 4, 'right-private-schema', 'does not own orgschema.' || relname || ', which belongs to ' || owner,
                   'GRANT ' || owner || ' TO %1$s; -- or run as ' || owner
            FROM t
            WHERE nspname = 'orgschema' AND NOT owned
            UNION ALL
            SELECT 5, 'right-auth-users', 'may not reference and read auth.users',
                   'GRANT USAGE ON SCHEMA auth TO %1$s; GRANT REFERENCES, SELECT ON auth.users TO %1$s; -- as ' || owner
            FROM t
            WHERE nspname = 'auth' AND relname = 'users'
              AND NOT (pg_catalog.has_schema_privilege('auth', 'USAGE')
                       AND pg_catalog.has_table_privilege(oid, 'REFERENCES')
                       AND pg_catalog.has_table_privilege(oid, 'SELECT'))
            UNION ALL
            SELECT 6, 'right-own-dsos', 'does not own public.dsos, which belongs to ' || owner,
                   'GRANT ' || owner || ' TO %1$s; -- or run as ' || owner
            FROM t
            WHERE nspname = 'public' AND relname = 'dsos' AND NOT owned
            UNION ALL
            SELECT 7, 'right-user-dso-access', 'may not read, delete and put back rows of public.user_dso_access',
                   'GRANT SELECT, INSERT, DELETE ON public.user_dso_access TO %1$s; -- as ' || owner
            FROM t
            WHERE nspname = 'public' AND relname = 'user_dso_access'
              AND NOT (pg_catalog.has_table_privilege(oid, 'SELECT')
                       AND pg_catalog.has_table_privilege(oid, 'INSERT')
                       AND pg_catalog.has_table_privilege(oid, 'DELETE'))
            UNION ALL
            SELECT 8, 'right-trigger-function', 'may not use the function public.update_updated_at_column() in a trigger',
                   'GRANT EXECUTE ON FUNCTION public.update_updated_at_column() TO %1$s;'
            FROM s
            JOIN pg_catalog.pg_proc p ON p.pronamespace = s.oid
            WHERE s.nspname = 'public' AND p.proname = 'update_updated_at_column' AND p.pronargs = 0
              AND NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
            UNION ALL
            SELECT 9, 'rows-hidden', 'sees only some rows of public.' || relname || ', because row level security applies to it',
                   'Run it as a role that bypasses row level security, such as the one that owns the application''s tables; or: ALTER ROLE %1$s BYPASSRLS;'
            FROM t
            WHERE nspname = 'public' AND relname IN ('dsos', 'user_dso_access', 'organizations', 'org_members', 'user_profiles')
              AND pg_catalog.row_security_active(oid)
            UNION ALL
            SELECT 10, 'right-silence-triggers', 'may not silence triggers: DSOs that get their organization back from the archive get a new updated_at',
                   'GRANT SET ON PARAMETER session_replication_role TO %1$s; -- as a superuser'
            FROM t
            WHERE nspname = 'orgschema' AND relname IN ('archive_dsos_org_id', 'archive_dsos:org_id') AND NOT pg_catalog.has_parameter_privilege('session_replication_role', 'SET')
        ) AS rights (place, id, lacks, mend)
        ORDER BY place, lacks
        """;

    public static IEnumerable<Question> Questions { get; } =
    [
        Question.Of(Sql, row => new(
            row.GetString(0),
            $"Role {row.GetString(1)} {row.GetString(2)}",
            row.GetString(3),
            row.GetString(0) == "right-silence-triggers" ? Severity.Warning : Severity.Error)),
    ];
}
