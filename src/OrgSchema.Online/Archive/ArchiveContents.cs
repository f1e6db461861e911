namespace OrgSchema.Online;

/// <summary>What an archive holds.</summary>
/// <param name="Name">The archive, in the private schema.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Since">When the oldest of them was archived, by the server's clock.</param>
public sealed record ArchiveContents(string Name, long Rows, DateTime? Since)
{
    internal static async Task<IReadOnlyList<ArchiveContents>> ReadAsync(Session session, string schema, CancellationToken cancellationToken)
    {
        var names = await session.QueryAsync(
            "SELECT relname::text FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.to_regnamespace($1) AND relkind = 'r' AND relname LIKE 'archive\\_%' ORDER BY relname",
            row => row.GetString(0),
            cancellationToken,
            schema);
        var contents = new List<ArchiveContents>();
        foreach (var name in names)
        {
            contents.AddRange(await session.QueryAsync(
                $"SELECT pg_catalog.count(*), pg_catalog.min(archived_at) FROM {new QualifiedName(schema, name)}",
                row => new ArchiveContents(name, row.GetInt64(0), row.IsDBNull(1) ? null : row.GetDateTime(1)),
                cancellationToken));
        }

        return contents;
    }
}
