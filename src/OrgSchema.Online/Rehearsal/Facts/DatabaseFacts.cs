namespace OrgSchema.Online;

/// <summary>Queries for what lies in no schema: subject and fact.</summary>
internal static class DatabaseFacts
{
    /// <summary>The session's value of each of the settings $1.</summary>
    public const string SessionSettings =
        """
        -- fingerprint: settings of the session
        SELECT s.name, pg_catalog.current_setting(s.name) FROM pg_catalog.unnest($1) AS s (name)
        """;

    /// <summary>Gives the session's setting $1 the value $2.</summary>
    public const string SetSessionSetting =
        """
        -- fingerprint: set
        SELECT pg_catalog.set_config($1, $2, false)
        """;

    /// <summary>All of them.</summary>
    public static readonly string[] Queries =
    [
        Database, DatabaseComment, Settings, Roles, Memberships, Extensions, EventTriggers, Publications, PublishedTables,
        PublishedSchemas, OtherObjects,
    ];

    // Roles are the server's: only those that something in this database belongs or is granted to count, so that roles
    // that a test of another database makes are none of our business.
    private const string RolesInUse =
        """
        SELECT s.refobjid
        FROM pg_catalog.pg_shdepend AS s
        JOIN pg_catalog.pg_database AS here ON here.oid = s.dbid AND here.datname = pg_catalog.current_database()
        WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass
        """;

    private const string Database =
        """
        -- fingerprint: database
        SELECT 'database', pg_catalog.format('owner %s, encoding %s, collation %s, type %s, connections %s', d.datdba::regrole,
            pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, d.datconnlimit)
        FROM pg_catalog.pg_database AS d
        WHERE d.datname = pg_catalog.current_database()
        """;

    private const string Roles =
        $"""
        -- fingerprint: roles
        SELECT 'role ' || r.oid::regrole, pg_catalog.concat_ws(', ',
            CASE WHEN r.rolcanlogin THEN 'login' ELSE 'no login' END,
            CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolinherit THEN 'inherit' END,
            CASE WHEN r.rolcreaterole THEN 'create role' END, CASE WHEN r.rolcreatedb THEN 'create database' END,
            CASE WHEN r.rolreplication THEN 'replication' END, CASE WHEN r.rolbypassrls THEN 'bypass row security' END,
            'connections ' || NULLIF(r.rolconnlimit, -1), 'until ' || r.rolvaliduntil)
        FROM pg_catalog.pg_roles AS r
        WHERE r.oid IN ({RolesInUse})
        """;

    // As JSON, because inherit_option and set_option came with PostgreSQL 16.
    private const string Memberships =
        $$"""
        -- fingerprint: memberships
        SELECT 'role ' || m.member::regrole, pg_catalog.format('member of %s by %s %s', m.roleid::regrole, m.grantor::regrole,
            pg_catalog.to_jsonb(m) - '{oid,roleid,member,grantor}'::text[])
        FROM pg_catalog.pg_auth_members AS m
        WHERE m.member IN ({{RolesInUse}})
        """;

    private const string Settings =
        $"""
        -- fingerprint: settings of the database and of its roles
        SELECT CASE s.setrole WHEN 0 THEN 'database' ELSE 'role ' || s.setrole::regrole END,
            pg_catalog.format('setting%s %s', CASE WHEN s.setdatabase <> 0 AND s.setrole <> 0 THEN ' in this database' END, c.setting)
        FROM pg_catalog.pg_db_role_setting AS s
        CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (setting)
        LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
        WHERE d.datname = pg_catalog.current_database()
            OR s.setdatabase = 0 AND s.setrole IN ({RolesInUse})
        """;

    private const string DatabaseComment =
        """
        -- fingerprint: comment on the database
        SELECT 'database', 'comment ' || s.description
        FROM pg_catalog.pg_shdescription AS s
        JOIN pg_catalog.pg_database AS d ON d.oid = s.objoid AND s.classoid = 'pg_catalog.pg_database'::regclass
        WHERE d.datname = pg_catalog.current_database()
        """;

    private const string Extensions =
        """
        -- fingerprint: extensions
        SELECT 'extension ' || e.extname, pg_catalog.concat_ws(', ',
            'version ' || e.extversion, 'schema ' || e.extnamespace::regnamespace, 'owner ' || e.extowner::regrole,
            'configuration of ' || e.extconfig::regclass[]::text)
        FROM pg_catalog.pg_extension AS e
        """;

    private const string EventTriggers =
        """
        -- fingerprint: event triggers
        SELECT 'event trigger ' || e.evtname, pg_catalog.concat_ws(', ',
            pg_catalog.format('on %s execute %s, enabled %s, owner %s', e.evtevent, e.evtfoid::regprocedure, e.evtenabled, e.evtowner::regrole),
            'for ' || e.evttags::text)
        FROM pg_catalog.pg_event_trigger AS e
        """;

    private const string Publications =
        """
        -- fingerprint: publications
        SELECT 'publication ' || p.pubname, pg_catalog.format('owner %s %s', p.pubowner::regrole, pg_catalog.to_jsonb(p) - '{oid,pubname,pubowner}'::text[])
        FROM pg_catalog.pg_publication AS p
        """;

    private const string PublishedTables =
        """
        -- fingerprint: published tables
        SELECT 'publication ' || p.pubname, pg_catalog.concat_ws(' ', 'table', t.prrelid::regclass,
            (SELECT pg_catalog.array_agg(a.attname ORDER BY a.attname)::text FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = t.prrelid AND a.attnum = ANY (t.prattrs)),
            'where ' || pg_catalog.pg_get_expr(t.prqual, t.prrelid))
        FROM pg_catalog.pg_publication_rel AS t
        JOIN pg_catalog.pg_publication AS p ON p.oid = t.prpubid
        """;

    private const string PublishedSchemas =
        """
        -- fingerprint: published schemas
        SELECT 'publication ' || p.pubname, 'schema ' || s.pnnspid::regnamespace
        FROM pg_catalog.pg_publication_namespace AS s
        JOIN pg_catalog.pg_publication AS p ON p.oid = s.pnpubid
        """;

    // Rare, so that being there at all is enough. Identifiers below 16384 are PostgreSQL's own objects.
    private const string OtherObjects =
        """
        -- fingerprint: languages, casts and foreign servers
        SELECT i.type || ' ' || i.identity, 'exists'
        FROM (
            SELECT tableoid, oid FROM pg_catalog.pg_language
            UNION ALL SELECT tableoid, oid FROM pg_catalog.pg_cast
            UNION ALL SELECT tableoid, oid FROM pg_catalog.pg_transform
            UNION ALL SELECT tableoid, oid FROM pg_catalog.pg_am
            UNION ALL SELECT tableoid, oid FROM pg_catalog.pg_foreign_data_wrapper
            UNION ALL SELECT tableoid, oid FROM pg_catalog.pg_foreign_server) AS o (catalog, oid)
        CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.catalog, o.oid, 0) AS i
        WHERE o.oid >= 16384
        """;
}
