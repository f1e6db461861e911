namespace OrgSchema.Online;

/// <summary>What a run would remove, what goes with it, and what keeps it from running.</summary>
/// <param name="Removals">Tables, columns and rows, in the order in which they are removed. All of it is archived.</param>
/// <param name="Obstacles">Why the run is refused: one for each object that the server would refuse to lose, or that could not be archived.</param>
/// <param name="Functions">Functions of others whose text names something that is dropped. They fail afterwards.</param>
public sealed record RemovalReport(IReadOnlyList<PlannedRemoval> Removals, IReadOnlyList<Finding> Obstacles, IReadOnlyList<NamingFunction> Functions)
{
    /// <summary>Rows that come back: the migrations have archived them on the way up.</summary>
    public IReadOnlyList<ReturningRows> Returning { get; init; } = [];

    /// <summary>Nothing is removed.</summary>
    public static RemovalReport None { get; } = new([], [], []);
}

/// <summary>Archived rows that come back when a migration is reverted.</summary>
/// <param name="Table">Their table.</param>
/// <param name="Rows">How many.</param>
public sealed record ReturningRows(string Table, long Rows)
{
    internal static async Task<IReadOnlyList<ReturningRows>> ReadAsync(
        Session session, string schema, IEnumerable<KnownMigration> reverted, CancellationToken cancellationToken)
    {
        long[] versions = [.. reverted.Select(migration => migration.Version)];
        var returning = new List<ReturningRows>();
        foreach (var (archive, table) in await session.QueryAsync(
            $"SELECT a.archive::text, pg_catalog.format('%I.%I', a.of_schema, a.of_table) FROM {schema}.archives() AS a",
            row => (row.GetString(0), row.GetString(1)),
            cancellationToken))
        {
            var rows = await session.ScalarAsync<long>(
                $"SELECT pg_catalog.count(*) FROM {archive} WHERE archived_way = 'up' AND kind = 'row' AND archived_by = ANY ($1)", cancellationToken, versions);
            if (rows > 0)
                returning.Add(new ReturningRows(table, rows));
        }

        return returning;
    }
}

/// <summary>A table, its rows, or a column that would be archived and removed now.</summary>
/// <param name="What">The table, or the table and the column.</param>
/// <param name="IsColumn">Whether it is a column.</param>
/// <param name="Rows">Rows, or values of the column.</param>
public sealed record PlannedRemoval(string What, bool IsColumn, long Rows)
{
    /// <summary>Rows of other tables that go with them, through foreign keys.</summary>
    public IReadOnlyList<PlannedAlong> Along { get; init; } = [];

    /// <summary>Definitions that others have added, such as <c>policy members_read</c>. They are archived as SQL.</summary>
    public IReadOnlyList<string> Definitions { get; init; } = [];
}

/// <summary>Rows of another table that are deleted with the rows that they refer to, or lose their link.</summary>
/// <param name="Table">The table.</param>
/// <param name="Constraint">Its foreign key.</param>
/// <param name="Action">What the key does: <c>CASCADE</c>, <c>SET NULL</c>, <c>SET DEFAULT</c>.</param>
/// <param name="Rows">How many.</param>
public sealed record PlannedAlong(string Table, string Constraint, string Action, long Rows);

/// <summary>A function of others that names something that is dropped.</summary>
/// <param name="Function">The function, with its arguments.</param>
/// <param name="Names">The table or column.</param>
public sealed record NamingFunction(string Function, string Names)
{
    /// <summary>The function as an error of a report.</summary>
    public Finding Finding => new(
        "function-names-dropped",
        $"Function {Function} names {Names}, which is dropped: it will fail",
        "Change the function first, or continue with --ignore-functions.");
}
