namespace OrgSchema.Online;

/// <summary>What would run on a target, with all that its catalog tells about it.</summary>
/// <param name="Direction">Whether it applies or reverts.</param>
/// <param name="ServerMajor">Major version of the server: verbs have other SQL on other servers.</param>
/// <param name="Migrations">What would run, in order.</param>
/// <param name="Tables">The tables that are there and that it locks or whose rows it touches.</param>
public sealed record MigrationPlan(Direction Direction, int ServerMajor, IReadOnlyList<PlannedMigration> Migrations, IReadOnlyList<PlannedTable> Tables)
{
    /// <summary>What it removes, with all that goes along and what would refuse it.</summary>
    public RemovalReport Removal { get; init; } = RemovalReport.None;

    /// <summary>The table of a name; null: it does not exist yet, and so nobody can be in its way or wait for it.</summary>
    public PlannedTable? this[QualifiedName name] => Tables.FirstOrDefault(table => table.Name == name.ToString());

    /// <summary>The locks of a statement on tables that are there, with those on referenced tables spelled out.</summary>
    public IReadOnlyList<TableLock> LocksOf(SqlStatement statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        return
        [
            .. statement.Locks
                .SelectMany(wanted => wanted.AndReferenced
                    ? [wanted with { AndReferenced = false }, .. Referenced(wanted).Select(name => new TableLock(name, wanted.Mode))]
                    : new[] { wanted })
                .Where(wanted => this[wanted.Table] is not null)
                .GroupBy(wanted => wanted.Table)
                .Select(of => of.MaxBy(wanted => wanted.Mode)!),
        ];
    }

    /// <summary>Triggers that fire on what a statement does to rows, by name.</summary>
    public IReadOnlyList<string> TriggersFiredBy(RowWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var name = work.Access.ToString().ToLowerInvariant();
        return work.Silent || this[work.Table] is not { } table ? [] : [.. table.Triggers.Where(trigger => trigger.Value.Contains(name, StringComparison.Ordinal)).Select(trigger => trigger.Key).Order(StringComparer.Ordinal)];
    }

    internal static async Task<MigrationPlan> ReadAsync(Session session, Direction direction, IReadOnlyList<PlannedMigration> migrations, CancellationToken cancellationToken)
    {
        var statements = migrations.SelectMany(migration => migration.Statements).ToList();
        var names = statements.SelectMany(statement => statement.Locks.Select(wanted => wanted.Table)).Concat(statements.SelectMany(statement => statement.Rows).Select(work => work.Table));
        return new MigrationPlan(direction, session.ServerMajor, migrations, await PlannedTable.ReadAsync(session, names.Select(name => name.ToString()), cancellationToken));
    }

    private IEnumerable<QualifiedName> Referenced(TableLock wanted) =>
        (this[wanted.Table]?.References ?? []).Where(reference => wanted.Through is null || wanted.Through == reference.Through)
            .Select(reference => reference.Table).Distinct();
}
