using System.Text.Json;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>Judges the statements of authors against what was in the database before the run: whether clients would wait or fail.</summary>
/// <param name="session">Answers what the catalog knows of a table.</param>
/// <param name="relations">What was there before the run.</param>
/// <param name="options">What counts as small.</param>
internal sealed class Judge(Session session, Relations relations, MigratorOptions options)
{
    private readonly Dictionary<uint, TableDetails> _details = [];
    private readonly Dictionary<(QualifiedName Table, string Column), string> _added = [];
    private readonly HashSet<QualifiedName> _triggered = [];

    private static readonly string[] Heads =
        ["ALTER", "CREATE", "DROP", "UPDATE", "DELETE", "WITH", "MERGE", "TRUNCATE", "LOCK", "CLUSTER", "VACUUM", "REINDEX", "REFRESH"];

    /// <summary>Whether a statement is of a kind that is judged.</summary>
    public static bool Knows(string sql) => SqlTokens.Of(sql) is [var first, ..] && Heads.Any(first.Is);

    /// <summary>Judges one statement of a migration.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="migration">The migration, and how it is compiled.</param>
    /// <param name="isBegun">Whether an earlier run has begun to do it in its safe form: then that is how it goes on.</param>
    /// <param name="runsAnyway">Whether it runs even if it is refused.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<Verdict> OfAsync(string sql, CompiledMigration migration, bool isBegun, bool runsAnyway, CancellationToken cancellationToken)
    {
        var reader = new SqlReader(sql);
        var about = new Judged(this, sql, migration, isBegun, runsAnyway, cancellationToken);
        if (reader.Skip("ALTER", "TABLE"))
            return await new TableChange(about).JudgeAsync(reader);
        if (reader.Skip("CREATE", "INDEX"))
            return new IndexChange(about).JudgeCreate("CREATE INDEX", reader);
        if (reader.Skip("CREATE", "UNIQUE", "INDEX"))
            return new IndexChange(about).JudgeCreate("CREATE UNIQUE INDEX", reader);
        if (reader.Skip("DROP", "INDEX"))
            return await new IndexChange(about).JudgeDropAsync(reader);
        if (reader.Skip("DROP", "TABLE"))
            return await new TableChange(about).JudgeDropAsync(reader);
        if (reader.Skip("UPDATE"))
            return await new RowChange(about).JudgeUpdateAsync(reader);
        if (reader.Skip("DELETE", "FROM"))
            return await new RowChange(about).JudgeDeleteAsync(reader);
        return await new OtherChange(about).JudgeAsync(reader);
    }

    /// <summary>Whether a table or what it belongs to was there before the run, and is not small.</summary>
    public bool IsBig(Relation relation, bool isBegun) =>
        isBegun || relation.Rows >= options.SmallTableRows || relation.Bytes >= options.SmallTableBytes;

    public Relations Relations => relations;

    public MigratorOptions Options => options;

    /// <summary>What the catalog tells about a table.</summary>
    public async Task<TableDetails> DetailsOfAsync(Relation table, CancellationToken cancellationToken)
    {
        if (!_details.TryGetValue(table.Oid, out var details))
            _details[table.Oid] = details = await TableDetails.ReadAsync(session, table, cancellationToken);
        return details;
    }

    /// <summary>CREATE INDEX, as the server would write it.</summary>
    public async Task<string> DefinitionOfAsync(Relation index, CancellationToken cancellationToken) =>
        await session.ScalarAsync<string>($"SELECT pg_catalog.pg_get_indexdef({index.Oid})", cancellationToken) ?? "";

    /// <summary>Notes a column that a migration of the run adds.</summary>
    public void Added(Relation table, string column, string type) => _added[(table.Name, column)] = type;

    /// <summary>Notes a table that gets a trigger in the run.</summary>
    public void Triggered(Relation table) => _triggered.Add(table.Name);

    /// <summary>Whether a table gets a trigger in the run.</summary>
    public bool GetsTriggers(Relation table) => _triggered.Contains(table.Name);

    /// <summary>The type of a column that a migration of the run adds; null if none does.</summary>
    public string? TypeOfAdded(Relation table, string column) => _added.GetValueOrDefault((table.Name, column));

    /// <summary>Whether a column of one type holds the same bytes as another one.</summary>
    public async Task<bool> KeepsRowsAsync(TableColumn column, string type, CancellationToken cancellationToken)
    {
        var answers = await AsAuthorAsync(
            """
            SELECT pg_catalog.format_type(new.type, NULL),
                EXISTS (SELECT FROM pg_catalog.pg_cast AS c WHERE c.castsource = pg_catalog.to_regtype($2) AND c.casttarget = new.type AND c.castmethod = 'b')
            FROM (SELECT pg_catalog.to_regtype($1)::oid) AS new (type)
            """,
            row => (Name: row.IsDBNull(0) ? null : row.GetString(0), IsCoercible: row.GetBoolean(1)),
            cancellationToken,
            type,
            column.BaseType);
        return answers[0].Name is { } name
            && ColumnType.Of(column.BaseType, column.Type).KeepsRowsAs(ColumnType.Of(name, type), answers[0].IsCoercible);
    }

    /// <summary>Whether one of some functions may return another value for each row. One that is not there yet may.</summary>
    public async Task<bool> AreVolatileAsync(IReadOnlyList<string> functions, CancellationToken cancellationToken) =>
        functions.Count > 0
        && await session.ScalarAsync<bool>(
            """
            SELECT EXISTS (SELECT FROM unnest($1) AS f (name)
            WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_proc AS p WHERE p.proname = f.name)
               OR EXISTS (SELECT FROM pg_catalog.pg_proc AS p WHERE p.proname = f.name AND p.provolatile = 'v'))
            """,
            cancellationToken,
            (object)functions.ToArray());

    /// <summary>Whether a table that is not small has a column of a type.</summary>
    public async Task<bool> IsUsedAsync(WrittenName type, bool isBegun, CancellationToken cancellationToken)
    {
        var name = type.Schema is null ? QualifiedName.InQuotes(type.Name) : QualifiedName.OfCatalog(type.Schema, type.Name).ToString();
        var tables = await AsAuthorAsync(
            """
            SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_attribute AS a
            JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'm')
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE a.atttypid = pg_catalog.to_regtype($1) AND NOT a.attisdropped
            """,
            row => new WrittenName(row.GetString(0), row.GetString(1)),
            cancellationToken,
            name);
        return tables.Select(relations.Find).OfType<Relation>().Any(table => IsBig(table, isBegun));
    }

    /// <summary>Of which tables the planner expects a statement to change how many rows; null where it cannot tell, as of a column that is new.</summary>
    public async Task<IReadOnlyList<(WrittenName Table, long Rows)>?> EstimateAsync(string sql, CancellationToken cancellationToken)
    {
        try
        {
            using var plan = JsonDocument.Parse(
                (await AsAuthorAsync($"EXPLAIN (VERBOSE, FORMAT JSON) {sql}", row => row.GetString(0), cancellationToken))[0]);
            return [.. Changes(plan.RootElement[0].GetProperty("Plan"))];
        }
        catch (PostgresException e) when (e.SqlState[..2] is "42" or "22" or "0A" or "55" || e.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            return null;
        }
    }

    private static IEnumerable<(WrittenName Table, long Rows)> Changes(JsonElement node)
    {
        var below = node.TryGetProperty("Plans", out var plans) ? plans.EnumerateArray().ToList() : [];
        if (node.GetProperty("Node Type").GetString() == "ModifyTable" && node.GetProperty("Operation").GetString() != "Insert" && below.Count > 0)
        {
            var table = new WrittenName(node.GetProperty("Schema").GetString(), node.GetProperty("Relation Name").GetString()!);
            yield return (table, (long)below[0].GetProperty("Plan Rows").GetDouble());
        }

        foreach (var change in below.SelectMany(Changes))
            yield return change;
    }

    private async Task<List<T>> AsAuthorAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object?[] values)
    {
        List<T> answers = [];
        await session.AsAuthorAsync(async () => answers = await session.QueryAsync(sql, read, cancellationToken, values));
        return answers;
    }
}
