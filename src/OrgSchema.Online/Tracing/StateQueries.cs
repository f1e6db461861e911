namespace OrgSchema.Online;

/// <summary>What <see cref="SchemaState"/> asks: of catalogs only, for it is asked in the middle of traced transactions, too.</summary>
internal static class StateQueries
{
    private const string Users = """
        n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
        """;

    // The owner's own privileges tell nothing.
    private const string Granted = "SELECT g.grantee, g.privilege_type, g.is_grantable FROM pg_catalog.aclexplode(c.relacl) AS g WHERE g.grantee <> c.relowner";

    private const string ByDefault = """
        SELECT g.grantee, g.privilege_type, g.is_grantable FROM pg_catalog.pg_default_acl AS d CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS g
                WHERE d.defaclrole = c.relowner AND d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, c.relnamespace) AND g.grantee <> c.relowner
        """;

    /// <summary>All questions in one text.</summary>
    public static string All(ApiSurface api) => $"""
        -- state: tables
        SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), n.nspname = ANY ({Literal.Of(api.Schemas)}),
               c.relkind IN ('r', 'p', 'm') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
               c.relrowsecurity,
               NOT EXISTS ({Granted} EXCEPT {ByDefault}) AND NOT EXISTS ({ByDefault} EXCEPT {Granted}),
               ARRAY(
                   SELECT r.rolname::text FROM pg_catalog.pg_roles AS r
                   WHERE r.rolname = ANY ({Literal.Of(api.Roles)}) AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
                     AND pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
                   ORDER BY 1)
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'm', 'f') AND {Users};

        -- state: columns
        SELECT a.attrelid, a.attnum, a.attname::text, pg_catalog.quote_ident(a.attname), a.attnotnull, a.attidentity = '' AND a.attgenerated = ''
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND {Users}
        ORDER BY a.attrelid, a.attnum;

        -- state: constraints
        SELECT k.conrelid, k.conname::text, k.convalidated, k.contype = 'f' AND k.confdeltype = 'n', coalesce(k.confdelsetcols, k.conkey, ARRAY[]::smallint[])
        FROM pg_catalog.pg_constraint AS k
        JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE {Users};

        -- state: indexes
        SELECT x.indexrelid, x.indrelid, pg_catalog.format('%I.%I', n.nspname, c.relname), x.indisunique,
               x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL, m.amname::text,
               ARRAY(
                   SELECT pg_catalog.concat_ws(' ', x.indkey[i], x.indclass[i], x.indcollation[i], x.indoption[i])
                   FROM pg_catalog.generate_series(0, x.indnkeyatts - 1) AS i ORDER BY i)
        FROM pg_catalog.pg_index AS x
        JOIN pg_catalog.pg_class AS c ON c.oid = x.indexrelid
        JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE {Users}
        ORDER BY x.indexrelid;

        -- state: row triggers that fire on every update
        SELECT t.tgrelid, t.tgname::text
        FROM pg_catalog.pg_trigger AS t
        WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 1 <> 0 AND t.tgtype & 16 <> 0 AND t.tgattr = '' AND t.tgqual IS NULL
        ORDER BY t.tgname;

        -- state: policies
        SELECT p.oid, p.polrelid, p.polname::text FROM pg_catalog.pg_policy AS p
        """;
}
