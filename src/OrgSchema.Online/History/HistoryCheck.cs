namespace OrgSchema.Online;

/// <summary>Whether the history of a database is that of this program.</summary>
internal static class HistoryCheck
{
    public static IReadOnlyList<Finding> Findings(DatabaseStatus status, Direction direction, bool strict) =>
        [.. status.Migrations.Select(migration => Of(migration, direction, strict ? Severity.Error : Severity.Warning)).OfType<Finding>()];

    private static Finding? Of(MigrationStatus migration, Direction direction, Severity severity)
    {
        var name = $"{migration.Version} {migration.Name}";
        return migration switch
        {
            { State: MigrationState.Unknown } => new(
                "migration-unknown", $"{name} is applied, but not known to this program: a newer version of it, or another branch", "Use the program that has applied it, if there is one.", Severity.Warning),
            { Changed: true } => new(
                "migration-changed", $"{name} has changed since it was applied: its SQL, or the configuration in it", "Put what was changed into a migration of its own, or revert this one with the program and configuration that applied it.", severity),
            { State: MigrationState.OutOfOrder } when direction == Direction.Up => new(
                "migration-out-of-order", $"{name} is pending although later ones are applied", "Give it a version later than those, unless it does not depend on the order.", severity),
            _ => null,
        };
    }
}
