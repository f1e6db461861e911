using System.Globalization;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>What a plan says beside its SQL.</summary>
internal static class PlanWording
{
    public static string Header(MigrationPlan plan, Target target) => $"{Wording.Target(target)}, PostgreSQL {plan.ServerMajor}";

    public static string Nothing(MigrationPlan plan) => plan.Direction == Direction.Up ? Wording.NothingPending : Wording.NothingApplied;

    public static string Transaction(PlannedMigration planned) =>
        planned.IsTransactional ? "one transaction" : "each statement commits on its own";

    /// <summary>Who waits for a migration, in one line.</summary>
    public static string WhoWaits(MigrationPlan plan, PlannedMigration planned)
    {
        var locks = planned.Statements.SelectMany(plan.LocksOf).Where(wanted => wanted.Mode.BlocksWrites()).GroupBy(wanted => wanted.Table.ToString()).OrderBy(of => of.Key, StringComparer.Ordinal).ToList();
        var reads = string.Join(", ", locks.Where(of => of.Any(wanted => wanted.Mode.BlocksReads())).Select(of => of.Key));
        var writes = string.Join(", ", locks.Where(of => !of.Any(wanted => wanted.Mode.BlocksReads())).Select(of => of.Key));
        var who = string.Join("; ", new[] { reads.Length > 0 ? $"everybody on {reads}" : null, writes.Length > 0 ? $"writers of {writes}" : null }.OfType<string>());
        return who.Length == 0 ? "Nobody waits." : $"Who waits: {who}, until {(planned.IsTransactional ? "the transaction ends" : "the statement ends")}.";
    }

    /// <summary>What of it is not done as it is written, and what is refused.</summary>
    public static IEnumerable<string> Safety(PlannedMigration planned) =>
    [
        .. planned.Reasons.Select(reason => $"Step by step: {reason}"),
        .. planned.Unsafe.Select(finding => $"Refused: {finding.Message}.\n{finding.Remedy}"),
    ];

    /// <summary>Size and triggers of a table.</summary>
    public static string Table(PlannedTable table) =>
        $"{Size(table)}{(table.Triggers.Count == 0 ? "" : $"; triggers: {string.Join(", ", table.Triggers.OrderBy(trigger => trigger.Key, StringComparer.Ordinal).Select(trigger => $"{trigger.Key} ({trigger.Value})"))}")}";

    /// <summary>Everything worth knowing about a statement, line by line.</summary>
    public static IEnumerable<string> Notes(MigrationPlan plan, SqlStatement statement)
    {
        if (statement.Condition is not null)
            yield return $"only if {statement.Condition}";
        if (statement.Kind == StatementKind.Check)
            yield return $"must be true, or the run fails with: {statement.Failure}";
        foreach (var wanted in plan.LocksOf(statement))
            yield return $"locks {wanted.Table}, {wanted.Mode.SqlName()}: {Waits(wanted.Mode)}";
        foreach (var work in statement.Rows)
        {
            if (plan[work.Table] is { } table)
                yield return $"{Work(work)} {table.Name} ({Size(table)}){Triggers(plan, work)}";
        }

        if (statement.Why is not null)
            yield return $"why: {statement.Why}";
    }

    /// <summary>Whom a lock makes wait.</summary>
    public static string Waits(LockMode mode) => mode.BlocksReads() ? "everybody waits" : mode.BlocksWrites() ? "writers wait" : "nobody waits";

    private static string Triggers(MigrationPlan plan, RowWork work) =>
        work.Silent ? "; its triggers are silent"
        : plan.TriggersFiredBy(work) is { Count: > 0 } fired ? $"; fires {string.Join(", ", fired)}"
        : "";

    private static string Work(RowWork work) => work.Access switch
    {
        RowAccess.Scan => "reads the rows of",
        RowAccess.Build => "builds an index from the rows of",
        RowAccess.Rewrite => "may rewrite all of",
        RowAccess.Insert => "adds rows to",
        RowAccess.Update => "changes rows of",
        _ => "deletes rows of",
    };

    private static string Size(PlannedTable table) =>
        $"{(table.Rows is { } rows ? $"about {Amount.Of(rows, "row")}" : "never analyzed")}, {(table.Bytes is { } bytes ? Bytes(bytes) : "size unknown: locked")}";

    private static string Bytes(long bytes) => bytes < 10 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10:#,0} kB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20:#,0} MB");

    /// <summary>What it removes, what goes along, and what would refuse it.</summary>
    public static IReadOnlyList<string> Removal(MigrationPlan plan) => plan.Removal.Removals.Count == 0 ? [] :
    [
        .. Wording.Removals(plan.Removal, purge: false).Split('\n'),
        .. plan.Removal.Obstacles.Select(obstacle => $"{(obstacle.Severity == Severity.Error ? "Refused" : "Warning")}: {obstacle.Message}.\n{obstacle.Remedy}"),
        .. plan.Removal.Functions.Select(function => $"Asks: {function.Finding.Message}."),
    ];
}
