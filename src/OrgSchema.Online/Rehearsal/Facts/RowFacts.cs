namespace OrgSchema.Online;

/// <summary>Queries for what tables and sequences hold.</summary>
internal static class RowFacts
{
    /// <summary>Tables and filled materialized views of the schemas $1, quoted and qualified.</summary>
    public const string Tables =
        """
        -- fingerprint: tables with rows
        SELECT c.oid::regclass::text
        FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = ANY ($1) AND (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated)
        """;

    /// <summary>Where each sequence of the schemas $1 is.</summary>
    public const string SequenceValues =
        """
        -- fingerprint: sequence values
        SELECT c.oid::regclass::text, 'last value ' || s.last_value
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_sequences AS s ON s.schemaname = n.nspname AND s.sequencename = c.relname
        WHERE c.relnamespace = ANY ($1) AND c.relkind = 'S' AND s.last_value IS NOT NULL
        """;

    /// <summary>At most $1 rows of a table, as text.</summary>
    public static string RowsOf(string table) =>
        $"""
        -- fingerprint: rows
        SELECT 'row ' || (r.*)::text FROM ONLY {table} AS r LIMIT $1
        """;

    /// <summary>How many rows, and the sum of their hashes: the order does not matter, a row that is there twice does.</summary>
    public static string DigestOf(string table) =>
        $"""
        -- fingerprint: digest of rows
        SELECT pg_catalog.concat(pg_catalog.count(*), ' rows, digest ', pg_catalog.sum(h.half))
        FROM ONLY {table} AS r
        CROSS JOIN LATERAL (SELECT ('x' || pg_catalog.left(pg_catalog.md5((r.*)::text), 16))::bit(64)::bigint AS half) AS h
        """;
}
