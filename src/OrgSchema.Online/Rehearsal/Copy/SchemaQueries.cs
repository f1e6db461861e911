namespace OrgSchema.Online;

/// <summary>Questions to the target about what hangs together.</summary>
internal static class SchemaQueries
{
    /// <summary>The schemas $1, and those that they depend on: through the catalog, or by name in the text of a function.</summary>
    public const string Needed = """
        -- schema copy: schemas
        WITH RECURSIVE objects (class, id, schema) AS (
            SELECT 'pg_class'::pg_catalog.regclass, oid, relnamespace FROM pg_catalog.pg_class
            UNION ALL SELECT 'pg_proc'::pg_catalog.regclass, oid, pronamespace FROM pg_catalog.pg_proc
            UNION ALL SELECT 'pg_type'::pg_catalog.regclass, oid, typnamespace FROM pg_catalog.pg_type
            UNION ALL SELECT 'pg_constraint'::pg_catalog.regclass, oid, connamespace FROM pg_catalog.pg_constraint
            UNION ALL SELECT 'pg_attrdef'::pg_catalog.regclass, d.oid, c.relnamespace FROM pg_catalog.pg_attrdef AS d JOIN pg_catalog.pg_class AS c ON c.oid = d.adrelid
            UNION ALL SELECT 'pg_trigger'::pg_catalog.regclass, t.oid, c.relnamespace FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
            UNION ALL SELECT 'pg_policy'::pg_catalog.regclass, p.oid, c.relnamespace FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
            UNION ALL SELECT 'pg_rewrite'::pg_catalog.regclass, r.oid, c.relnamespace FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
        ), theirs AS (
            SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
        ), needs (schema, needed) AS (
            SELECT o.schema, r.schema
            FROM pg_catalog.pg_depend AS d
            JOIN objects AS o ON o.class = d.classid AND o.id = d.objid
            JOIN objects AS r ON r.class = d.refclassid AND r.id = d.refobjid
            WHERE o.schema <> r.schema
            UNION
            SELECT p.pronamespace, t.oid FROM pg_catalog.pg_proc AS p JOIN theirs AS t ON pg_catalog.strpos(p.prosrc, t.nspname || '.') > 0
        ), wanted (oid, nspname) AS (
            SELECT oid, nspname FROM theirs WHERE nspname = ANY ($1)
            UNION
            SELECT t.oid, t.nspname FROM wanted AS w JOIN needs AS n ON n.schema = w.oid JOIN theirs AS t ON t.oid = n.needed
        )
        SELECT nspname::text FROM wanted ORDER BY 1
        """;

    /// <summary>Tables in the schemas $1 that this role may not read, and so pg_dump may not lock.</summary>
    public const string Unreadable = """
        -- schema copy: tables out of reach
        SELECT c.oid::pg_catalog.regclass::text
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'))
        """;

    /// <summary>What is not copied at all, and why.</summary>
    public const string LeftOut = """
        -- schema copy: left out
        SELECT 'subscription ' || subname, 'a copy must not follow another server' FROM pg_catalog.pg_subscription
            WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        UNION ALL SELECT 'foreign server ' || srvname, 'a copy must not reach other servers' FROM pg_catalog.pg_foreign_server
        UNION ALL SELECT 'event trigger ' || evtname, 'only a superuser can make one' FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D'
        ORDER BY 1
        """;

    /// <summary>How many rows a table is thought to have; -1: nobody has looked yet.</summary>
    public const string Sizes = """
        -- schema copy: sizes
        SELECT c.oid::pg_catalog.regclass::text, c.reltuples::bigint
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND NOT pg_catalog.row_security_active(c.oid)
        """;

    /// <summary>What ANALYZE has found: how much is NULL, how much is the same.</summary>
    public const string Columns = """
        -- schema copy: statistics
        SELECT pg_catalog.format('%I.%I', schemaname, tablename), attname::text, null_frac, n_distinct
        FROM pg_catalog.pg_stats
        WHERE schemaname = ANY ($1) AND NOT inherited
        """;
}
