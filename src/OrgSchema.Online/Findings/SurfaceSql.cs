namespace OrgSchema.Online;

/// <summary>Queries about what the roles $1 can do in the schemas $2.</summary>
internal static class SurfaceSql
{
    private const string Scope = """
        WITH RECURSIVE roles AS (SELECT r.oid, r.rolname::text AS name, r.rolsuper, r.rolbypassrls FROM pg_catalog.pg_roles AS r WHERE r.rolname = ANY ($1)),
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
        , reach (root, classid, objid) AS (
            -- a table, and what the server runs or reads when it is asked: policies, defaults, indexes and the like, and what they need
            SELECT t.oid, 'pg_catalog.pg_class'::pg_catalog.regclass::oid, t.oid FROM tables AS t WHERE t.relrowsecurity
            UNION
            SELECT r.root, n.classid, n.objid
            FROM reach AS r
            CROSS JOIN LATERAL (SELECT CASE r.classid WHEN 'pg_catalog.pg_class'::pg_catalog.regclass THEN r.objid END AS table) AS of
            CROSS JOIN LATERAL (
                SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass::oid, p.oid FROM pg_catalog.pg_policy AS p WHERE p.polrelid = of.table
                UNION ALL SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid FROM pg_catalog.pg_attrdef AS d WHERE d.adrelid = of.table
                UNION ALL SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid FROM pg_catalog.pg_rewrite AS w WHERE w.ev_class = of.table
                UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = of.table AND k.contype = 'c'
                UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid FROM pg_catalog.pg_statistic_ext AS s WHERE s.stxrelid = of.table
                UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid FROM pg_catalog.pg_index AS i WHERE i.indrelid = of.table
                UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, i.inhrelid FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = of.table
                UNION ALL
                SELECT d.refclassid, d.refobjid FROM pg_catalog.pg_depend AS d
                WHERE d.classid = r.classid AND d.objid = r.objid AND d.deptype IN ('n', 'a') AND d.refclassid IN (
                    'pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass,
                    'pg_catalog.pg_operator'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass)
            ) AS n (classid, objid)
        ), strangers (root, name) AS (
            -- whose code would run with the rights of this session, and is not this session's already
            SELECT r.root, pg_catalog.min(o.rolname::text)
            FROM reach AS r
            LEFT JOIN pg_catalog.pg_class AS c ON r.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = r.objid
            LEFT JOIN pg_catalog.pg_proc AS p ON r.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = r.objid
            LEFT JOIN pg_catalog.pg_operator AS q ON r.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND q.oid = r.objid
            LEFT JOIN pg_catalog.pg_type AS y ON r.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND y.oid = r.objid
            JOIN pg_catalog.pg_roles AS o ON o.oid = coalesce(c.relowner, p.proowner, q.oprowner, y.typowner)
            WHERE NOT o.rolsuper AND NOT pg_catalog.pg_has_role(session_user, o.oid, 'MEMBER') AND NOT o.rolname = ANY ($3)
               OR (SELECT s.rolsuper FROM pg_catalog.pg_roles AS s WHERE s.rolname = session_user) AND NOT o.rolsuper
            GROUP BY r.root
        )
        SELECT u.name, t.name, c.command, c.sql, s.name
        FROM tables AS t
        LEFT JOIN strangers AS s ON s.root = t.oid
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
