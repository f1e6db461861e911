using System.Globalization;

namespace OrgSchema.Online;

/// <summary>Foreign keys without an index: for each row that is deleted the server reads all of the table that has the key, and clients wait.</summary>
internal static class UnindexedReferences
{
    // Rows that the server would read in the first batch: about a second's work, while rows are locked.
    private const double ReadAtMost = 10_000_000;

    private const int Batch = 1_000;

    private const string Sql = """
        -- rows of a table, and whether a foreign key of it has an index
        SELECT coalesce((
                   SELECT pg_catalog.sum(CASE WHEN t.reltuples < 0 THEN pg_catalog.pg_relation_size(t.oid) / 100 ELSE t.reltuples END)
                   FROM pg_catalog.pg_class AS t
                   WHERE t.relkind = 'r' AND (t.oid = k.conrelid OR t.oid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(k.conrelid) AS p))), 0)::bigint,
               EXISTS (
                   SELECT FROM pg_catalog.pg_index AS i
                   WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
                     AND (i.indkey::smallint[])[0:pg_catalog.cardinality(k.conkey) - 1] @> k.conkey)
        FROM pg_catalog.pg_constraint AS k
        WHERE k.oid = $1::oid
        """;

    /// <summary>Finds those that would keep clients waiting.</summary>
    /// <param name="session">Where to look.</param>
    /// <param name="deleted">How many rows of which tables are deleted.</param>
    /// <param name="references">Foreign keys that exist when that happens.</param>
    /// <param name="migration">The migration that deletes them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<IReadOnlyList<Finding>> FindAsync(
        Session session,
        IReadOnlyDictionary<QualifiedName, long> deleted,
        IReadOnlyList<Reference> references,
        KnownMigration migration,
        CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var edge in references.Where(edge => deleted.ContainsKey(edge.Parent)))
        {
            var rows = deleted[edge.Parent];
            var answers = await session.QueryAsync(Sql, row => (Rows: row.GetInt64(0), HasIndex: row.GetBoolean(1)), cancellationToken, (long)edge.Oid);
            if (answers.All(answer => answer.HasIndex || Math.Min(rows, Batch) * answer.Rows < ReadAtMost))
                continue;
            var columns = string.Join(", ", edge.ChildColumns.Select(QualifiedName.Quoted));
            findings.Add(new(
                "rows-without-index",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{migration} removes {rows:#,0} rows of {edge.Parent}: for each of them the server reads all of {edge.Child}, "
                        + $"about {answers[0].Rows:#,0} rows, because its constraint {edge.Name} has no index"),
                $"CREATE INDEX CONCURRENTLY ON {edge.Child} ({columns});"));
        }

        return findings;
    }
}
