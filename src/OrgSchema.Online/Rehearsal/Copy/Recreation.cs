namespace OrgSchema.Online;

/// <summary>
/// Queries that let the target write the statements for what pg_dump of some schemas leaves out. Each returns what it is
/// and the statement. The target quotes its own names.
/// </summary>
internal static class Recreation
{
    /// <summary>Roles with their attributes and settings, no passwords; what some of them are members of.</summary>
    public const string Roles = """
        -- schema copy: roles
        SELECT what, sql FROM (
            SELECT 1, 'role ' || rolname, pg_catalog.format('CREATE ROLE %I %s %s %s %s %s %s %s', rolname,
                CASE WHEN rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END, CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
                CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
                CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, CASE WHEN rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
                CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END)
            FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'
            UNION ALL
            SELECT 2, 'membership of ' || m.rolname || ' in ' || g.rolname, pg_catalog.format('GRANT %I TO %I%s', g.rolname, m.rolname, CASE WHEN a.admin_option THEN ' WITH ADMIN OPTION' ELSE '' END)
            FROM pg_catalog.pg_auth_members AS a
            JOIN pg_catalog.pg_roles AS g ON g.oid = a.roleid
            JOIN pg_catalog.pg_roles AS m ON m.oid = a.member
            WHERE m.rolname !~ '^pg_' AND m.rolname <> g.rolname
            UNION ALL
            SELECT 3, 'right of ' || r.rolname || ' to set ' || p.parname, pg_catalog.format('GRANT SET ON PARAMETER %I TO %I', p.parname, r.rolname)
            FROM pg_catalog.pg_parameter_acl AS p, pg_catalog.aclexplode(p.paracl) AS a JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
            WHERE a.privilege_type = 'SET'
        ) AS all_of_it (place, what, sql)
        ORDER BY place, what
        """;

    /// <summary>Owner, grants and settings of the database, which is called $1 in the copy; settings of roles.</summary>
    /// <remarks>Settings of one's own may be secrets: their values are not copied. What would be loaded may not be here.</remarks>
    public const string Database = """
        -- schema copy: database
        SELECT what, sql FROM (
            SELECT 1, 'owner of the database', pg_catalog.format('ALTER DATABASE %I OWNER TO %I', $1, pg_catalog.pg_get_userbyid(datdba)) FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
            UNION ALL
            SELECT 2, 'rights on the database', pg_catalog.format('GRANT %s ON DATABASE %I TO %s', a.privilege_type, $1, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END)
            FROM pg_catalog.pg_database AS d, pg_catalog.aclexplode(d.datacl) AS a WHERE d.datname = pg_catalog.current_database()
            UNION ALL
            SELECT 3, 'setting ' || s.name, pg_catalog.format('ALTER %s SET %s TO %s',
                CASE WHEN r.setrole = 0 THEN pg_catalog.format('DATABASE %I', $1) ELSE pg_catalog.format('ROLE %I', pg_catalog.pg_get_userbyid(r.setrole)) || CASE WHEN r.setdatabase = 0 THEN '' ELSE pg_catalog.format(' IN DATABASE %I', $1) END END,
                CASE WHEN s.name LIKE '%.%' THEN pg_catalog.quote_ident(pg_catalog.split_part(s.name, '.', 1)) || '.' || pg_catalog.quote_ident(pg_catalog.substr(s.name, pg_catalog.strpos(s.name, '.') + 1)) ELSE pg_catalog.quote_ident(s.name) END,
                CASE WHEN s.name LIKE '%.%' THEN '''left out'''
                     WHEN s.name IN ('search_path', 'temp_tablespaces') AND s.value NOT IN ('', '""') THEN s.value
                     ELSE pg_catalog.quote_literal(s.value) END)
            FROM pg_catalog.pg_db_role_setting AS r
            CROSS JOIN LATERAL unnest(r.setconfig) AS c (entry)
            CROSS JOIN LATERAL (SELECT pg_catalog.split_part(c.entry, '=', 1), pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1)) AS s (name, value)
            WHERE r.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
              AND s.name NOT LIKE '%preload_libraries' AND (r.setrole = 0 OR pg_catalog.pg_get_userbyid(r.setrole) !~ '^pg_')
        ) AS all_of_it (place, what, sql)
        ORDER BY place, what
        """;

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

    /// <summary>What pg_dump of some schemas does not look at: default privileges of no schema, event triggers.</summary>
    public const string Rest = """
        -- schema copy: default privileges and event triggers
        SELECT what, sql FROM (
            SELECT 0, 'default privileges of PUBLIC', pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE ALL ON %s FROM PUBLIC', pg_catalog.pg_get_userbyid(defaclrole), CASE defaclobjtype WHEN 'f' THEN 'FUNCTIONS' ELSE 'TYPES' END)
            FROM pg_catalog.pg_default_acl WHERE defaclnamespace = 0 AND defaclobjtype IN ('f', 'T')
            UNION ALL
            SELECT 1, 'default privileges of ' || pg_catalog.pg_get_userbyid(d.defaclrole), pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s ON %s TO %s', pg_catalog.pg_get_userbyid(d.defaclrole), a.privilege_type,
                CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END,
                CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END)
            FROM pg_catalog.pg_default_acl AS d, pg_catalog.aclexplode(d.defaclacl) AS a
            WHERE d.defaclnamespace = 0 AND d.defaclobjtype IN ('r', 'S', 'f', 'T', 'n')
            UNION ALL
            SELECT 2, 'event trigger ' || evtname, pg_catalog.format('CREATE EVENT TRIGGER %I ON %s %s EXECUTE FUNCTION %s()', evtname, evtevent,
                CASE WHEN evttags IS NULL THEN '' ELSE 'WHEN TAG IN (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(t), ', ') FROM unnest(evttags) AS t) || ')' END, evtfoid::pg_catalog.regproc)
            FROM pg_catalog.pg_event_trigger WHERE evtevent <> 'login' AND evtenabled <> 'D'
        ) AS all_of_it (place, what, sql)
        ORDER BY place, what
        """;
}
