using Npgsql;

namespace OrgSchema;

/// <summary>What the expected facts depend on.</summary>
/// <param name="Major">Major version of the server.</param>
/// <param name="Owner">Who should own what the migrations make: who owns the private schema, else the application's table.</param>
/// <param name="HasVersionTable">Whether there is a version table.</param>
internal sealed record ServerFacts(int Major, string Owner, bool HasVersionTable);

/// <summary>The part of the catalog that the migrations make, as facts.</summary>
internal sealed class Structure
{
    private readonly Dictionary<(FactKind, string, string), Fact> _facts;

    internal Structure(ServerFacts server, IReadOnlyList<Fact> facts)
    {
        Server = server;
        All = facts;
        _facts = facts.ToDictionary(fact => fact.Key);
    }

    public ServerFacts Server { get; }

    public IReadOnlyList<Fact> All { get; }

    public Fact? this[(FactKind, string, string) key] => _facts.GetValueOrDefault(key);

    private const string OwnerSql = """
        pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(coalesce(
            (SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname = 'orgschema'),
            (SELECT c.relowner FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relname = 'dsos'),
            (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user))))
        """;

    private const string ServerSql = $"""
        -- orgschema checks: server and owner
        SELECT pg_catalog.current_setting('server_version_num')::integer / 10000, {OwnerSql},
               EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                       WHERE n.nspname = 'orgschema' AND c.relname = 'schema_version')
        """;

    // pg_get_*def qualify every name, because the search path of a check is pg_catalog alone. Of the application's own
    // table only what concerns org_id is ours to judge. Not-null constraints ('n', PostgreSQL 18) are read as
    // attnotnull, but for one that is not validated; constraint triggers ('t') are read as triggers. The owner's grants
    // are read as the right owner's: ALTER TABLE ... OWNER takes them along. The bridge's function has the default
    // organization's id written into it, so that its text is a pattern; without the table of its notes it fails every insert.
    private const string FactsSql = $$"""
        -- orgschema checks: structure
        WITH tables AS (
            SELECT c.*, n.nspname || '.' || pg_catalog.quote_ident(c.relname) AS qualified, c.relname = 'dsos' AS is_dsos
            FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relname IN ('organizations', 'org_members', 'user_profiles', 'dsos')
        ), columns AS (
            SELECT t.qualified, t.is_dsos, a.*
            FROM tables t
            JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid
            WHERE a.attnum > 0 AND NOT a.attisdropped AND (NOT t.is_dsos OR a.attname = 'org_id')
        )
        SELECT 'Table', qualified, pg_catalog.quote_ident(relname),
               CASE WHEN relkind <> 'r' THEN 'of another kind (relkind ' || relkind::text || ')'
                    WHEN relpersistence <> 'p' THEN 'unlogged'
                    ELSE 'an ordinary table' END, ''
        FROM tables
        WHERE NOT is_dsos
        UNION ALL
        SELECT 'Owner', qualified, '', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(relowner)), ''
        FROM tables
        WHERE NOT is_dsos
        UNION ALL
        SELECT 'RowSecurity', qualified, '',
               CASE WHEN relforcerowsecurity THEN 'forced' WHEN relrowsecurity THEN 'on' ELSE 'off' END, ''
        FROM tables
        WHERE NOT is_dsos
        UNION ALL
        SELECT 'Policy', t.qualified, pg_catalog.quote_ident(p.polname),
               coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), 'true'), ''
        FROM tables t
        JOIN pg_catalog.pg_policy p ON p.polrelid = t.oid
        WHERE NOT t.is_dsos
        UNION ALL
        SELECT 'Column', c.qualified, pg_catalog.quote_ident(c.attname),
               pg_catalog.format_type(c.atttypid, c.atttypmod)
                   || CASE WHEN c.attcollation <> y.typcollation THEN ' with another collation' ELSE '' END
                   || CASE WHEN c.attgenerated <> '' THEN ' generated' WHEN c.attidentity <> '' THEN ' identity' ELSE '' END, ''
        FROM columns c
        JOIN pg_catalog.pg_type y ON y.oid = c.atttypid
        UNION ALL
        SELECT 'Default', c.qualified, pg_catalog.quote_ident(c.attname), coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'none'), ''
        FROM columns c
        LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.attrelid AND d.adnum = c.attnum
        UNION ALL
        SELECT 'Nullability', qualified, pg_catalog.quote_ident(attname), CASE WHEN attnotnull THEN 'NOT NULL' ELSE 'NULL' END, ''
        FROM columns
        UNION ALL
        SELECT 'Constraint', t.qualified, pg_catalog.quote_ident(k.conname),
               pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', ''),
               CASE WHEN NOT k.convalidated THEN 'not valid'
                    WHEN NOT coalesce(i.indisvalid, true) THEN 'invalid'
                    WHEN EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgenabled <> 'O') THEN 'disabled'
                    ELSE '' END
        FROM tables t
        JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid
        LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid AND i.indrelid = t.oid
        WHERE k.contype <> 't' AND (k.contype <> 'n' OR NOT k.convalidated)
          AND (NOT t.is_dsos OR k.conname = 'dsos_org_id_fkey' OR k.conkey = ARRAY(SELECT c.attnum FROM columns c WHERE c.is_dsos))
        UNION ALL
        SELECT 'Index', t.qualified, pg_catalog.quote_ident(x.relname), pg_catalog.pg_get_indexdef(i.indexrelid),
               CASE WHEN NOT (i.indisvalid AND i.indisready AND i.indislive) THEN 'invalid' ELSE '' END
        FROM tables t
        JOIN pg_catalog.pg_index i ON i.indrelid = t.oid
        JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
          AND (NOT t.is_dsos OR x.relname = 'idx_dsos_org_id')
        UNION ALL
        SELECT 'Trigger', t.qualified, pg_catalog.quote_ident(g.tgname), pg_catalog.pg_get_triggerdef(g.oid),
               CASE g.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica only' ELSE 'always' END
        FROM tables t
        JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid
        WHERE NOT g.tgisinternal AND (NOT t.is_dsos OR g.tgname = 'fill_dsos_org_id')
        UNION ALL
        SELECT 'Rule', t.qualified, pg_catalog.quote_ident(w.rulename), pg_catalog.pg_get_ruledef(w.oid), ''
        FROM tables t
        JOIN pg_catalog.pg_rewrite w ON w.ev_class = t.oid
        WHERE NOT t.is_dsos AND w.rulename <> '_RETURN'
        UNION ALL
        SELECT 'Grant', t.qualified, CASE a.grantee WHEN t.relowner THEN {{OwnerSql}} WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS role,
               pg_catalog.string_agg(DISTINCT a.privilege_type || CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', '), ''
        FROM tables t
        CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(t.relacl, pg_catalog.acldefault('r', t.relowner))) a
        WHERE NOT t.is_dsos
        GROUP BY t.qualified, role
        UNION ALL
        SELECT 'ColumnGrant', c.qualified, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS role,
               pg_catalog.string_agg(DISTINCT a.privilege_type || ' (' || pg_catalog.quote_ident(c.attname) || ')', ', '), ''
        FROM columns c
        CROSS JOIN LATERAL pg_catalog.aclexplode(c.attacl) a
        WHERE NOT c.is_dsos
        GROUP BY c.qualified, role
        UNION ALL
        SELECT 'SchemaGrant', n.nspname::text, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
               pg_catalog.string_agg(DISTINCT a.privilege_type, ', '), ''
        FROM pg_catalog.pg_namespace n
        CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
        WHERE n.nspname = 'orgschema' AND a.grantee <> n.nspowner
        GROUP BY n.nspname, a.grantee
        UNION ALL
        SELECT 'Function', n.nspname::text, p.proname || '()',
               pg_catalog.format_type(p.prorettype, NULL)
                   || CASE WHEN p.prosecdef THEN ', SECURITY DEFINER' ELSE ', SECURITY INVOKER' END
                   || CASE WHEN EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) s WHERE s LIKE 'search\_path=%' AND s !~ 'public|\$user')
                           THEN ', pinned search_path' ELSE ', search_path not pinned' END
                   || ', owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(p.proowner)),
               CASE WHEN {{BridgeUse.HasOtherBody}} THEN 'changed'
                    WHEN (SELECT pg_catalog.array_agg(a.attname || ' ' || a.atttypid::pg_catalog.regtype ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
                          WHERE a.attrelid = (SELECT u.oid FROM pg_catalog.pg_class u WHERE u.relnamespace = p.pronamespace AND u.relname = 'bridge_use') AND a.attnum > 0 AND NOT a.attisdropped)
                         IS DISTINCT FROM ARRAY['used_at timestamp with time zone', 'role text', 'application text'] THEN 'without its table'
                    ELSE '' END
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'orgschema' AND p.proname = 'fill_dsos_org_id' AND p.pronargs = 0
        """;

    /// <summary>Commands whose rows <see cref="ReadAsync"/> reads.</summary>
    public static NpgsqlBatchCommand[] Commands() =>
        [new(ServerSql), new(FactsSql) { Parameters = { new NpgsqlParameter<string>("bridge", OrgIdBridge.Body) } }, new(GrantOrigin.Sql)];

    public static async Task<Structure> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var server = await reader.RowsAsync(row => new ServerFacts(row.GetInt32(0), row.GetString(1), row.GetBoolean(2)), cancellationToken);
        var facts = await reader.RowsAsync(
            row => new Fact(Enum.Parse<FactKind>(row.GetString(0)), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4)), cancellationToken);
        var origins = (await reader.RowsAsync(GrantOrigin.Of, cancellationToken)).ToDictionary(row => row.Key, row => row.Origin);
        return new Structure(server.Single(), [.. facts.Select(fact => fact with { Origin = origins.GetValueOrDefault(fact.Key, GrantOrigin.Unknown) })]);
    }

    /// <summary>Whether all columns, written <c>public.dsos.org_id</c>, are there: else a question about their content has no answer.</summary>
    public bool Has(params ReadOnlySpan<string> columns)
    {
        foreach (var column in columns)
        {
            var dot = column.LastIndexOf('.');
            if (this[(FactKind.Column, column[..dot], column[(dot + 1)..])] is null)
                return false;
        }

        return true;
    }
}
