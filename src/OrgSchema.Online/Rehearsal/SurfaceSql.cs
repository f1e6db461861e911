namespace OrgSchema.Online;

/// <summary>Queries about what the roles $1 can do in the schemas $2.</summary>
internal static class SurfaceSql
{
    private const string Scope = """
        WITH roles AS (SELECT r.oid, r.rolname::text AS name, r.rolsuper, r.rolbypassrls FROM pg_catalog.pg_roles AS r WHERE r.rolname = ANY ($1)),
        schemas AS (SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ANY ($2)),
        classes AS (
            SELECT c.oid, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relnamespace, pg_catalog.format('%I.%I', s.nspname, c.relname) AS name
            FROM pg_catalog.pg_class AS c JOIN schemas AS s ON s.oid = c.relnamespace),
        tables AS (SELECT * FROM classes WHERE relkind IN ('r', 'p', 'v', 'm', 'f')),
        users AS (SELECT r.*, s.oid AS schema FROM roles AS r CROSS JOIN schemas AS s WHERE pg_catalog.has_schema_privilege(r.oid, s.oid, 'USAGE'))
        """;

    /// <summary>Kind, object, role, what, table. Who may not use the schema has no use of a privilege on what is in it.</summary>
    public const string Lines = $"""
        -- role surface
        {Scope}
        SELECT l.kind, l.object, l.role, l.what, l.of
        FROM (
            SELECT 'Role' AS kind, 'role ' || r.name AS object, r.name AS role, pg_catalog.concat_ws(', ', CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolbypassrls THEN 'bypasses row level security' END) AS what, '' AS of
            FROM roles AS r
            UNION ALL
            SELECT 'Schema', 'schema ' || s.nspname, r.name, (
                SELECT pg_catalog.string_agg(p.name, ', ' ORDER BY p.place) FROM pg_catalog.unnest(ARRAY['USAGE', 'CREATE']) WITH ORDINALITY AS p (name, place)
                WHERE pg_catalog.has_schema_privilege(r.oid, s.oid, p.name)), ''
            FROM roles AS r CROSS JOIN schemas AS s
            UNION ALL
            SELECT 'Table', t.name, u.name, (
                SELECT pg_catalog.string_agg(p.name, ', ' ORDER BY p.place)
                FROM pg_catalog.unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) WITH ORDINALITY AS p (name, place)
                WHERE pg_catalog.has_table_privilege(u.oid, t.oid, p.name)), t.name
            FROM tables AS t JOIN users AS u ON u.schema = t.relnamespace
            UNION ALL
            SELECT 'Column', pg_catalog.format('%s.%I', t.name, a.attname), u.name, (
                SELECT pg_catalog.string_agg(p.name, ', ' ORDER BY p.place)
                FROM pg_catalog.unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) WITH ORDINALITY AS p (name, place)
                WHERE pg_catalog.has_column_privilege(u.oid, t.oid, a.attnum, p.name)), t.name
            FROM tables AS t JOIN users AS u ON u.schema = t.relnamespace
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT 'Function', pg_catalog.format('%I.%I(%s)', s.nspname, f.proname, pg_catalog.pg_get_function_identity_arguments(f.oid)), u.name,
                CASE WHEN pg_catalog.has_function_privilege(u.oid, f.oid, 'EXECUTE') THEN 'EXECUTE' || CASE WHEN f.prosecdef THEN ' as ' || pg_catalog.pg_get_userbyid(f.proowner) ELSE '' END END, ''
            FROM pg_catalog.pg_proc AS f JOIN schemas AS s ON s.oid = f.pronamespace JOIN users AS u ON u.schema = s.oid
            UNION ALL
            SELECT 'Sequence', c.name, u.name, (
                SELECT pg_catalog.string_agg(p.name, ', ' ORDER BY p.place) FROM pg_catalog.unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) WITH ORDINALITY AS p (name, place)
                WHERE pg_catalog.has_sequence_privilege(u.oid, c.oid, p.name)), ''
            FROM classes AS c JOIN users AS u ON u.schema = c.relnamespace WHERE c.relkind = 'S'
            UNION ALL
            SELECT 'RowSecurity', t.name, '', CASE WHEN t.relkind NOT IN ('r', 'p') THEN 'none' WHEN NOT t.relrowsecurity THEN 'off' WHEN t.relforcerowsecurity THEN 'forced' ELSE 'on' END, t.name
            FROM tables AS t
            UNION ALL
            SELECT 'Policy', pg_catalog.format('policy %I of %s', p.polname, t.name), '', pg_catalog.concat_ws(' ',
                CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
                'for', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                'to', (SELECT pg_catalog.string_agg(CASE g WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(g)::text END, ', ' ORDER BY g) FROM pg_catalog.unnest(p.polroles) AS g),
                'using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)), t.name
            FROM tables AS t JOIN pg_catalog.pg_policy AS p ON p.polrelid = t.oid) AS l
        WHERE l.what <> ''
        """;

    /// <summary>Role, table, command, SQL: what the roles in $1 may do on tables that ask a policy, in a form that reads one row at most.</summary>
    public const string Trials = $"""
        -- what asks a policy
        {Scope}
        SELECT u.name, t.name, c.command, c.sql
        FROM tables AS t
        JOIN users AS u ON u.schema = t.relnamespace AND NOT u.rolsuper AND NOT u.rolbypassrls
        CROSS JOIN LATERAL (VALUES
            ('SELECT', CASE WHEN pg_catalog.has_any_column_privilege(u.oid, t.oid, 'SELECT') THEN pg_catalog.format('SELECT FROM %s LIMIT 1', t.name) END),
            ('INSERT', CASE WHEN pg_catalog.has_any_column_privilege(u.oid, t.oid, 'INSERT') THEN pg_catalog.format('EXPLAIN INSERT INTO %s DEFAULT VALUES', t.name) END),
            ('UPDATE', (SELECT pg_catalog.format('EXPLAIN UPDATE %s SET %I = DEFAULT', t.name, a.attname)
                FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND pg_catalog.has_column_privilege(u.oid, t.oid, a.attnum, 'UPDATE')
                ORDER BY a.attnum LIMIT 1)),
            ('DELETE', CASE WHEN pg_catalog.has_table_privilege(u.oid, t.oid, 'DELETE') THEN pg_catalog.format('EXPLAIN DELETE FROM %s', t.name) END)) AS c (command, sql)
        WHERE t.relrowsecurity AND c.sql IS NOT NULL
        ORDER BY u.name, t.name, c.command
        """;
}
