namespace OrgSchema.Online;

/// <summary>Queries for schemas and for what lies in them besides tables, and for all privileges and comments: subject and fact.</summary>
internal static class SchemaFacts
{
    /// <summary>The schemas to look at: neither PostgreSQL's own nor those named in $1.</summary>
    public const string SchemasInScope =
        """
        -- fingerprint: schemas in scope
        SELECT n.oid::text
        FROM pg_catalog.pg_namespace AS n
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1)
        """;

    /// <summary>All others, of the schemas $1.</summary>
    public static readonly string[] Queries =
    [
        Schemas, FunctionDefinitions, Functions, Types, DomainConstraints, OtherObjects, Privileges, DefaultPrivileges, Comments,
    ];

    private const string Schemas =
        """
        -- fingerprint: schemas
        SELECT 'schema ' || n.oid::regnamespace, 'owner ' || n.nspowner::regrole
        FROM pg_catalog.pg_namespace AS n
        WHERE n.oid = ANY ($1)
        """;

    // pg_get_functiondef refuses aggregates.
    private const string FunctionDefinitions =
        """
        -- fingerprint: function definitions
        SELECT p.oid::regprocedure::text, pg_catalog.format('definition %s %s', pg_catalog.lpad(l.line::text, 4), l.text)
        FROM pg_catalog.pg_proc AS p
        CROSS JOIN LATERAL pg_catalog.string_to_table(
            CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid) END, E'\n') WITH ORDINALITY AS l (text, line)
        WHERE p.pronamespace = ANY ($1)
        """;

    private const string Functions =
        """
        -- fingerprint: functions
        SELECT p.oid::regprocedure::text, pg_catalog.concat_ws(', ',
            CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' WHEN 'w' THEN 'window function' ELSE 'function' END,
            'owner ' || p.proowner::regrole,
            CASE WHEN p.prosecdef THEN 'security definer' END,
            'settings ' || p.proconfig::text,
            'of ' || a.aggtransfn, 'with ' || NULLIF(a.aggfinalfn, 0), 'from ' || a.agginitval)
        FROM pg_catalog.pg_proc AS p
        LEFT JOIN pg_catalog.pg_aggregate AS a ON a.aggfnoid = p.oid
        WHERE p.pronamespace = ANY ($1)
        """;

    // Without the types that come with every table and every type: its rows, and arrays of it.
    private const string Types =
        """
        -- fingerprint: types
        SELECT t.oid::regtype::text, f.fact
        FROM pg_catalog.pg_type AS t
        LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
        LEFT JOIN pg_catalog.pg_range AS r ON r.rngtypid = t.oid
        CROSS JOIN LATERAL (
            VALUES
                (pg_catalog.concat_ws(', ', 'type ' || t.typtype::text, 'owner ' || t.typowner::regrole)),
                (pg_catalog.concat_ws(' ', 'domain over', pg_catalog.format_type(NULLIF(t.typbasetype, 0), t.typtypmod),
                    CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault)),
                ('range over ' || pg_catalog.format_type(r.rngsubtype, NULL))
            UNION ALL
            SELECT pg_catalog.format('value %s %L', pg_catalog.lpad((pg_catalog.row_number() OVER (ORDER BY e.enumsortorder))::text, 3), e.enumlabel)
            FROM pg_catalog.pg_enum AS e
            WHERE e.enumtypid = t.oid) AS f (fact)
        WHERE t.typnamespace = ANY ($1) AND (c.oid IS NULL OR c.relkind = 'c') AND f.fact IS NOT NULL
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS element WHERE element.typarray = t.oid)
        """;

    private const string DomainConstraints =
        """
        -- fingerprint: domain constraints
        SELECT k.contypid::regtype::text, pg_catalog.format('constraint %I %s', k.conname, pg_catalog.pg_get_constraintdef(k.oid))
        FROM pg_catalog.pg_constraint AS k
        WHERE k.connamespace = ANY ($1) AND k.contypid <> 0
        """;

    private const string OtherObjects =
        """
        -- fingerprint: operators, collations and text search
        SELECT i.type || ' ' || i.identity, 'owner ' || o.owner::regrole
        FROM (
            SELECT tableoid, oid, oprnamespace, oprowner FROM pg_catalog.pg_operator
            UNION ALL SELECT tableoid, oid, opcnamespace, opcowner FROM pg_catalog.pg_opclass
            UNION ALL SELECT tableoid, oid, opfnamespace, opfowner FROM pg_catalog.pg_opfamily
            UNION ALL SELECT tableoid, oid, collnamespace, collowner FROM pg_catalog.pg_collation
            UNION ALL SELECT tableoid, oid, connamespace, conowner FROM pg_catalog.pg_conversion
            UNION ALL SELECT tableoid, oid, cfgnamespace, cfgowner FROM pg_catalog.pg_ts_config
            UNION ALL SELECT tableoid, oid, dictnamespace, dictowner FROM pg_catalog.pg_ts_dict) AS o (catalog, oid, schema, owner)
        CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.catalog, o.oid, 0) AS i
        WHERE o.schema = ANY ($1)
        """;

    // A NULL list means the privileges that owners have and PUBLIC gets by default: spelled out, so that a GRANT and its
    // REVOKE, which leave the same list written down, make no difference.
    private const string Privileges =
        """
        -- fingerprint: privileges
        SELECT o.subject, pg_catalog.format('%sgranted to %s by %s: %s', o.part,
            CASE g.grantee WHEN 0 THEN 'public' ELSE g.grantee::regrole::text END, g.grantor::regrole,
            pg_catalog.string_agg(g.privilege_type || CASE WHEN g.is_grantable THEN '*' ELSE '' END, ', ' ORDER BY g.privilege_type COLLATE "C"))
        FROM (
            SELECT c.oid::regclass::text, '', COALESCE(c.relacl, pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))
            FROM pg_catalog.pg_class AS c WHERE c.relnamespace = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            UNION ALL
            SELECT c.oid::regclass::text, pg_catalog.format('column %I ', a.attname), a.attacl
            FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
            WHERE c.relnamespace = ANY ($1) AND NOT a.attisdropped
            UNION ALL
            SELECT p.oid::regprocedure::text, '', COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))
            FROM pg_catalog.pg_proc AS p WHERE p.pronamespace = ANY ($1)
            UNION ALL
            SELECT t.oid::regtype::text, 'type ', COALESCE(t.typacl, pg_catalog.acldefault('T', t.typowner))
            FROM pg_catalog.pg_type AS t LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
            WHERE t.typnamespace = ANY ($1) AND (c.oid IS NULL OR c.relkind = 'c')
                AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS element WHERE element.typarray = t.oid)
            UNION ALL
            SELECT 'schema ' || n.oid::regnamespace, '', COALESCE(n.nspacl, pg_catalog.acldefault('n', n.nspowner))
            FROM pg_catalog.pg_namespace AS n WHERE n.oid = ANY ($1)
            UNION ALL
            SELECT 'language ' || l.lanname, '', COALESCE(l.lanacl, pg_catalog.acldefault('l', l.lanowner))
            FROM pg_catalog.pg_language AS l
            UNION ALL
            SELECT 'database', '', COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba))
            FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()) AS o (subject, part, acl)
        CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) AS g
        GROUP BY o.subject, o.part, g.grantee, g.grantor
        """;

    private const string DefaultPrivileges =
        """
        -- fingerprint: default privileges
        SELECT pg_catalog.concat('default privileges of ', d.defaclrole::regrole, ' in ' || NULLIF(d.defaclnamespace, 0)::regnamespace),
            pg_catalog.format('on %s to %s by %s: %s', d.defaclobjtype,
                CASE g.grantee WHEN 0 THEN 'public' ELSE g.grantee::regrole::text END, g.grantor::regrole,
                pg_catalog.string_agg(g.privilege_type || CASE WHEN g.is_grantable THEN '*' ELSE '' END, ', ' ORDER BY g.privilege_type COLLATE "C"))
        FROM pg_catalog.pg_default_acl AS d
        LEFT JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS g ON true
        WHERE d.defaclnamespace = 0 OR d.defaclnamespace = ANY ($1)
        GROUP BY d.defaclrole, d.defaclnamespace, d.defaclobjtype, g.grantee, g.grantor
        """;

    // A comment belongs to the table of the index, constraint, trigger, policy or column that it is on. Identifiers below
    // 16384 are PostgreSQL's own objects, but for the schema public.
    private const string Comments =
        """
        -- fingerprint: comments
        SELECT COALESCE(t.table_id::regclass::text, i.identity), pg_catalog.format('comment on %s %s: %s', i.type, i.identity, d.description)
        FROM pg_catalog.pg_description AS d
        CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
        LEFT JOIN (
            SELECT 'pg_catalog.pg_class'::regclass, oid, oid FROM pg_catalog.pg_class WHERE relkind <> 'i'
            UNION ALL SELECT 'pg_catalog.pg_class'::regclass, indexrelid, indrelid FROM pg_catalog.pg_index
            UNION ALL SELECT tableoid, oid, conrelid FROM pg_catalog.pg_constraint WHERE conrelid <> 0
            UNION ALL SELECT tableoid, oid, tgrelid FROM pg_catalog.pg_trigger
            UNION ALL SELECT tableoid, oid, polrelid FROM pg_catalog.pg_policy
            UNION ALL SELECT tableoid, oid, ev_class FROM pg_catalog.pg_rewrite) AS t (catalog, id, table_id)
            ON t.catalog = d.classoid AND t.id = d.objoid
        LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.table_id
        LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = CASE i.type WHEN 'schema' THEN i.name ELSE i.schema END
        WHERE (d.objoid >= 16384 OR d.classoid = 'pg_catalog.pg_namespace'::regclass)
            AND (COALESCE(c.relnamespace, n.oid) IS NULL OR COALESCE(c.relnamespace, n.oid) = ANY ($1))
        """;
}
