namespace OrgSchema.Online;

/// <summary>Questions to the catalog about what a row must be like. All return the table's oid first.</summary>
internal static class ShapeQueries
{
    /// <summary>Tables of the schemas $1. Partitions get their rows through their parent.</summary>
    public const string Tables = """
        -- synthetic rows: tables
        SELECT c.oid, c.oid::pg_catalog.regclass::text
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        ORDER BY 2
        """;

    /// <summary>Columns, those of a domain as the type below it. Generated ones are left to the server.</summary>
    public const string Columns = """
        -- synthetic rows: columns
        SELECT a.attrelid, a.attnum, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), b.typname::text,
               pg_catalog.format_type(b.oid, CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END),
               a.attnotnull OR t.typtype = 'd' AND t.typnotnull, a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
               coalesce((SELECT pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = b.oid), ARRAY[]::text[]),
               CASE WHEN b.typname IN ('varchar', 'bpchar') THEN CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END - 4 ELSE -1 END
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
        JOIN pg_catalog.pg_type AS b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
        WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        ORDER BY a.attrelid, a.attnum
        """;

    /// <summary>Checks, of tables and of the domains of their columns, which say VALUE.</summary>
    public const string Checks = """
        -- synthetic rows: checks
        SELECT k.conrelid, k.conname::text, pg_catalog.pg_get_expr(k.conbin, k.conrelid), coalesce(k.conkey, '{}'), false
        FROM pg_catalog.pg_constraint AS k WHERE k.contype = 'c' AND k.conrelid <> 0
        UNION ALL
        SELECT a.attrelid, k.conname::text, pg_catalog.pg_get_expr(k.conbin, 0), ARRAY[a.attnum], true
        FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_attribute AS a ON a.atttypid = k.contypid
        WHERE k.contype = 'c' AND k.contypid <> 0
        """;

    /// <summary>What is unique: columns, 0 for an expression.</summary>
    public const string Uniques = """
        -- synthetic rows: unique columns
        SELECT i.indrelid, (i.indkey::smallint[])[:i.indnkeyatts - 1]
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE i.indisunique AND n.nspname = ANY ($1)
        """;

    /// <summary>Foreign keys: the other table, columns here, columns there. One of more columns comes first.</summary>
    public const string ForeignKeys = """
        -- synthetic rows: foreign keys
        SELECT k.conrelid, k.confrelid, k.conkey, k.confkey
        FROM pg_catalog.pg_constraint AS k WHERE k.contype = 'f' AND k.conparentid = 0
        ORDER BY pg_catalog.cardinality(k.conkey) DESC, k.conname
        """;
}
