namespace OrgSchema.Online;

/// <summary>Makes a definition again that was dropped while its table stayed in use. One that no longer fits stays in the archive.</summary>
internal sealed class RestoredDefinition(ColumnDefinition definition) : OnlineExpression
{
    private const string Constraint = "constraint";

    private QualifiedName Table => definition.Table;

    private QualifiedName Index => QualifiedName.OfCatalog(Table.Schema, definition.Name);

    private Identifier Name => Identifier.OfCatalog(definition.Name);

    // Names may have any words in them.
    private bool Says(string words)
    {
        var names = $"ALTER TABLE {Table} ADD CONSTRAINT {QualifiedName.Quoted(definition.Name)}";
        return definition.Sql.StartsWith(names, StringComparison.Ordinal)
            ? definition.Sql.AsSpan(names.Length).StartsWith(words, StringComparison.Ordinal)
            : definition.Sql.Contains(words, StringComparison.Ordinal);
    }

    public override IEnumerable<SqlStatement> Statements(StepContext context)
    {
        var isArchived = definition.IsArchived(context.PrivateSchema);
        var steps = definition.Kind switch
        {
            "index" or "index of a constraint" => Concurrently(),
            Constraint when Says(" EXCLUDE ") => [],
            Constraint when Says(" CHECK ") || Says(" FOREIGN KEY ") => Validated(),
            Constraint => [Briefly(definition.Sql, LockMode.AccessExclusive)],
            _ => null,
        };
        return
        [
            .. (steps ?? []).Select(step => step with { Needs = isArchived, Said = "", IsOptional = true }),
            new($"SELECT {context.PrivateSchema}.settle_definition({definition.Id}, {(steps is null ? "false" : "true")})")
            {
                Said = "",
                Locks = steps is null ? [new(Table, LockMode.AccessExclusive)] : [],
            },
        ];
    }

    public override string ToString() => $"{definition.Kind} {definition.Name} of {Table}";

    private IEnumerable<SqlStatement> Concurrently() =>
    [
        DropInvalid(),
        new(definition.Sql.Insert(definition.Sql.IndexOf("INDEX ", StringComparison.Ordinal) + "INDEX ".Length, "CONCURRENTLY "))
        {
            OnlyIf = $"SELECT NOT ({Catalog.TableExists(Index)})",
            Condition = "it is not there",
            Locks = [new(Table, LockMode.ShareUpdateExclusive)],
            Rows = [new(Table, RowAccess.Build)],
            Waits = WaitsFor.Patiently,
            IsAlone = true,
        },
        DropInvalid(),
    ];

    private SqlStatement DropInvalid() => new($"DROP INDEX CONCURRENTLY IF EXISTS {Index}")
    {
        OnlyIf = Catalog.IndexIsInvalid(Index, Table),
        Condition = "a build has left it INVALID",
        Locks = [new(Table, LockMode.ShareUpdateExclusive)],
        Waits = WaitsFor.Patiently,
        IsAlone = true,
    };

    private IEnumerable<SqlStatement> Validated() =>
    [
        Briefly(definition.Sql.EndsWith(" NOT VALID", StringComparison.Ordinal) ? definition.Sql : $"{definition.Sql} NOT VALID", LockMode.AccessExclusive),
        .. definition.Sql.EndsWith(" NOT VALID", StringComparison.Ordinal) ? [] : new[]
        {
            new SqlStatement($"ALTER TABLE {Table} VALIDATE CONSTRAINT {QualifiedName.Quoted(definition.Name)}")
            {
                OnlyIf = Catalog.ConstraintIsNotValid(Table, Name),
                Condition = "it is not validated",
                Locks = [new(Table, LockMode.ShareUpdateExclusive)],
                Rows = [new(Table, RowAccess.Scan)],
                Waits = WaitsFor.Patiently,
            },
        },
    ];

    private SqlStatement Briefly(string sql, LockMode mode) => new(sql)
    {
        OnlyIf = Catalog.ConstraintIsMissing(Table, Name),
        Condition = "it is not there",
        Locks = [new(Table, mode)],
    };
}

/// <summary>A definition that was dropped with a column, an index or a constraint of a table that stays.</summary>
/// <param name="Id">Its row in the archive.</param>
/// <param name="ArchivedBy">Version of the migration that has dropped it.</param>
/// <param name="Table">Its table.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name.</param>
/// <param name="Sql">SQL that makes it again.</param>
internal sealed record ColumnDefinition(long Id, long ArchivedBy, QualifiedName Table, string Kind, string Name, string Sql)
{
    /// <summary>A query that returns one boolean: whether it is in the archive still.</summary>
    public string IsArchived(string privateSchema) => $"SELECT EXISTS (SELECT FROM {privateSchema}.archive_definition WHERE id = {Id})";

    /// <summary>Reads those that a migration brings back, in the order in which they can be made.</summary>
    public static async Task<IReadOnlyList<ColumnDefinition>> ReadAsync(Session session, StepContext context, CancellationToken cancellationToken)
    {
        var table = new QualifiedName(context.PrivateSchema, "archive_definition");
        if (!await session.ScalarAsync<bool>(Catalog.TableExists(table), cancellationToken))
            return [];
        return await session.QueryAsync(
            $"""
            -- definitions of columns
            SELECT d.id, d.archived_by, d.schema_name, d.table_name, d.kind, d.name, d.sql FROM {table} AS d
            WHERE d.archived_way = '{(context.Direction == Direction.Up ? "down" : "up")}'
              AND d.archived_by {(context.Direction == Direction.Up ? "<=" : "=")} {context.Version}
            ORDER BY d.place, d.id
            """,
            row => new ColumnDefinition(
                row.GetInt64(0), row.GetInt64(1), QualifiedName.OfCatalog(row.GetString(2), row.GetString(3)), row.GetString(4), row.GetString(5), row.GetString(6)),
            cancellationToken);
    }
}
