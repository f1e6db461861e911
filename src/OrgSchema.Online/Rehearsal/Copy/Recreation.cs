namespace OrgSchema.Online;

/// <summary>
/// Queries for what pg_dump of some schemas leaves out. Where the target writes the statement, it quotes its own names; it is run as
/// everything is that the target has written, by a role that is no superuser.
/// </summary>
internal static class Recreation
{
    /// <summary>Extensions, each with the schema that it is in.</summary>
    public const string Extensions = """
        -- schema copy: extensions
        SELECT e.extname::text, pg_catalog.format('CREATE SCHEMA IF NOT EXISTS %I; CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %1$I CASCADE', n.nspname, e.extname)
        FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname <> 'plpgsql'
        ORDER BY 1
        """;

    /// <summary>Stand-ins for what the schemas $2 use of the extensions $1: types that hold text, functions that return nothing.</summary>
    public const string Stubs = """
        -- schema copy: stand-ins for extensions
        WITH members AS (
            SELECT d.classid, d.objid, e.extname
            FROM pg_catalog.pg_extension AS e
            JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid = e.oid AND d.deptype = 'e'
            WHERE e.extname = ANY ($1)
        ), theirs AS (
            SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ANY ($2)
        )
        SELECT what, sql FROM (
            SELECT 1, pg_catalog.format('type %s of extension %s', t.oid::pg_catalog.regtype, m.extname), pg_catalog.format('CREATE SCHEMA IF NOT EXISTS %I; CREATE DOMAIN %s AS text', t.typnamespace::pg_catalog.regnamespace, t.oid::pg_catalog.regtype)
            FROM members AS m JOIN pg_catalog.pg_type AS t ON m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = m.objid
            WHERE EXISTS (SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid JOIN theirs ON theirs.oid = c.relnamespace WHERE a.atttypid = t.oid)
            UNION ALL
            SELECT 2, pg_catalog.format('function %s of extension %s', p.oid::pg_catalog.regprocedure, m.extname), pg_catalog.format(
                'CREATE SCHEMA IF NOT EXISTS %s; CREATE FUNCTION %1$s.%I(%s) RETURNS %s LANGUAGE %s %s AS %L', p.pronamespace::pg_catalog.regnamespace, p.proname, pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid),
                CASE WHEN p.prorettype = 'trigger'::pg_catalog.regtype THEN 'plpgsql' ELSE 'sql' END,
                CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END,
                CASE WHEN p.prorettype = 'trigger'::pg_catalog.regtype THEN 'BEGIN RETURN new; END'
                     WHEN p.prorettype = 'uuid'::pg_catalog.regtype THEN 'SELECT pg_catalog.gen_random_uuid()'
                     WHEN p.prorettype = 'void'::pg_catalog.regtype THEN 'SELECT'
                     ELSE pg_catalog.format('SELECT NULL::%s', p.prorettype::pg_catalog.regtype) END)
            FROM members AS m JOIN pg_catalog.pg_proc AS p ON m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = m.objid
            WHERE p.prokind = 'f'
              AND (EXISTS (SELECT FROM pg_catalog.pg_depend AS u WHERE u.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND u.refobjid = p.oid AND u.deptype = 'n')
                OR EXISTS (SELECT FROM pg_catalog.pg_proc AS u JOIN theirs ON theirs.oid = u.pronamespace WHERE pg_catalog.strpos(u.prosrc, p.proname || '(') > 0 AND u.oid <> p.oid))
        ) AS all_of_it (place, what, sql)
        ORDER BY place, what
        """;

    /// <summary>What pg_dump of some schemas does not look at: default privileges of no schema.</summary>
    public const string Rest = """
        -- schema copy: default privileges
        SELECT what, sql FROM (
            SELECT 0, 'default privileges of PUBLIC', pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE ALL ON %s FROM PUBLIC', pg_catalog.pg_get_userbyid(defaclrole), CASE defaclobjtype WHEN 'f' THEN 'FUNCTIONS' ELSE 'TYPES' END)
            FROM pg_catalog.pg_default_acl WHERE defaclnamespace = 0 AND defaclobjtype IN ('f', 'T')
            UNION ALL
            SELECT 1, 'default privileges of ' || pg_catalog.pg_get_userbyid(d.defaclrole), pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s ON %s TO %s', pg_catalog.pg_get_userbyid(d.defaclrole), a.privilege_type,
                CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END,
                CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END)
            FROM pg_catalog.pg_default_acl AS d, pg_catalog.aclexplode(d.defaclacl) AS a
            WHERE d.defaclnamespace = 0 AND d.defaclobjtype IN ('r', 'S', 'f', 'T', 'n')
        ) AS all_of_it (place, what, sql)
        ORDER BY place, what
        """;
}
