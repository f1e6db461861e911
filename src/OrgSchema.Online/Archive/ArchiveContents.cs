using Npgsql;

namespace OrgSchema.Online;

/// <summary>What an archive holds.</summary>
/// <param name="Name">The archive, in the private schema.</param>
/// <param name="Rows">Its rows, or values.</param>
/// <param name="Since">When the oldest of them was archived, by the server's clock.</param>
public sealed record ArchiveContents(string Name, long Rows, DateTime? Since)
{
    /// <summary>Definitions that others had added to the table, as SQL; those of a table without archived rows have an entry of their own.</summary>
    public IReadOnlyList<ArchivedDefinition> Definitions { get; init; } = [];

    // Of its table, in their order; null for the archive of a column, which has columns of its own.
    private IReadOnlyList<string>? Columns { get; init; }

    /// <summary>A query for its rows, as their table had them, with when and why they were archived.</summary>
    /// <param name="schema">The private schema.</param>
    /// <param name="newestFirst">Whether the newest come first.</param>
    public string Query(string schema, bool newestFirst)
    {
        var columns = Columns is null ? "*" : string.Join(", ", [
            "a.archived_at", "a.archived_by", "a.archived_way", "a.kind", "a.kept_because",
            .. Columns.Select(Column)]);
        return $"SELECT {columns} FROM {QualifiedName.OfCatalog(schema, Name)} AS a ORDER BY a.archived_at{(newestFirst ? " DESC" : "")}";
    }

    // A link is kept with the key of its row.
    private static string Column(string name) =>
        $"coalesce(a.data ->> {Literal.Of(name)}, a.key ->> {Literal.Of(name)}) AS {QualifiedName.Quoted(name)}";

    internal static async Task<IReadOnlyList<ArchiveContents>> ReadAsync(Session session, string schema, CancellationToken cancellationToken)
    {
        var names = await session.QueryAsync(
            """
            SELECT relname::text FROM pg_catalog.pg_class
            WHERE relnamespace = pg_catalog.to_regnamespace($1) AND relkind = 'r' AND (relname LIKE 'archive\_%' OR relname = 'archive') ORDER BY relname
            """,
            row => row.GetString(0),
            cancellationToken,
            schema);
        var hasList = names.Remove("archive");
        var hasDefinitions = names.Remove("archive_definition");
        if (names.Count == 0 && !hasDefinitions)
            return [];
        await using var batch = new NpgsqlBatch(session.Connection)
        {
            BatchCommands =
            {
                new(hasDefinitions ? ArchivedDefinition.Query(schema) : "SELECT WHERE false"),
                new(hasList ? $"SELECT a.name, a.columns FROM {schema}.archive AS a" : "SELECT WHERE false"),
                new(names.Count == 0 ? "SELECT WHERE false" : string.Join(" UNION ALL ", names.Select(name =>
                    $"SELECT {Literal.Of(name)}, pg_catalog.count(*), pg_catalog.min(archived_at) FROM {QualifiedName.OfCatalog(schema, name)}"))),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var definitions = new List<ArchivedDefinition>();
        while (await reader.ReadAsync(cancellationToken))
            definitions.Add(ArchivedDefinition.Read(reader));
        await reader.NextResultAsync(cancellationToken);
        var columns = new Dictionary<string, string[]>();
        while (await reader.ReadAsync(cancellationToken))
            columns.Add(reader.GetString(0), reader.GetFieldValue<string[]>(1));
        await reader.NextResultAsync(cancellationToken);
        var contents = new List<ArchiveContents>();
        while (await reader.ReadAsync(cancellationToken))
        {
            DateTime? since = reader.IsDBNull(2) ? null : reader.GetDateTime(2);
            contents.Add(new(reader.GetString(0), reader.GetInt64(1), since) { Columns = columns.GetValueOrDefault(reader.GetString(0)) });
        }

        return
        [
            .. contents.Select(archive => archive with { Definitions = [.. definitions.Where(definition => definition.Archive == archive.Name)] }),
            .. definitions.Where(definition => contents.All(known => known.Name != definition.Archive)).GroupBy(definition => definition.Archive)
                .Select(group => new ArchiveContents(group.Key, 0, group.Min(definition => definition.ArchivedAt)) { Columns = [], Definitions = [.. group] }),
        ];
    }
}

/// <summary>A definition that was dropped with its table or column, as SQL that makes it again.</summary>
/// <param name="Archive">The archive of its table.</param>
/// <param name="Kind">Its kind, such as <c>policy</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Sql">The SQL.</param>
/// <param name="ArchivedAt">When, by the server's clock.</param>
/// <param name="KeptBecause">Why an Up did not make it again; null: none has tried.</param>
public sealed record ArchivedDefinition(string Archive, string Kind, string Name, string Sql, DateTime ArchivedAt, string? KeptBecause)
{
    internal static string Query(string schema) => $"""
        -- archived definitions
        SELECT {schema}.archive_name(d.schema_name, d.table_name), d.kind, d.name, d.sql, d.archived_at, d.kept_because
        FROM {schema}.archive_definition AS d ORDER BY d.place, d.id
        """;

    internal static ArchivedDefinition Read(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetDateTime(4), row.IsDBNull(5) ? null : row.GetString(5));
}
