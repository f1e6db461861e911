using OrgSchema.Online;

namespace OrgSchema;

internal sealed record PlannedLockDocument(string Table, string Mode, bool BlocksReads, bool BlocksWrites);

internal sealed record PlannedWorkDocument(string Table, RowAccess Access, IReadOnlyList<string> FiresTriggers);

internal sealed record PlannedStatementDocument(string Sql, StatementKind Kind, string? OnlyIf, IReadOnlyList<PlannedLockDocument> Locks, IReadOnlyList<PlannedWorkDocument> Rows, string? Why);

internal sealed record PlannedMigrationDocument(
    long Version,
    string Name,
    Phase Phase,
    bool Transactional,
    IReadOnlyList<string> Reasons,
    IReadOnlyList<Finding> Unsafe,
    IReadOnlyList<PlannedStatementDocument> Statements);

/// <summary>What would run, as JSON. Locks and rows of tables that are not there yet are left out: nobody can wait for them.</summary>
internal sealed record PlanDocument(string Database, int ServerMajor, Direction Direction, IReadOnlyList<PlannedTable> Tables, IReadOnlyList<PlannedMigrationDocument> Migrations, RemovalReport Removal)
{
    public static PlanDocument Of(string database, MigrationPlan plan) => new(
        database,
        plan.ServerMajor,
        plan.Direction,
        plan.Tables,
        [.. plan.Migrations.Select(planned => new PlannedMigrationDocument(
            planned.Migration.Version,
            planned.Migration.Name,
            planned.Migration.Phase,
            planned.IsTransactional,
            planned.Reasons,
            planned.Unsafe,
            [.. planned.Statements.Select(statement => Of(plan, statement))]))],
        plan.Removal);

    private static PlannedStatementDocument Of(MigrationPlan plan, SqlStatement statement) => new(
        statement.Sql,
        statement.Kind,
        statement.Condition,
        [.. plan.LocksOf(statement).Select(wanted => new PlannedLockDocument(wanted.Table.ToString(), wanted.Mode.SqlName(), wanted.Mode.BlocksReads(), wanted.Mode.BlocksWrites()))],
        [.. statement.Rows.Where(work => plan[work.Table] is not null).Select(work => new PlannedWorkDocument(work.Table.ToString(), work.Access, plan.TriggersFiredBy(work)))],
        statement.Why);
}
