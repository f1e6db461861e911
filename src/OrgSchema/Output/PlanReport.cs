using OrgSchema.Online;

namespace OrgSchema;

/// <summary>What would run: SQL that can be read, and its comments.</summary>
internal static class PlanReport
{
    public static void Show(Job job, IReadOnlyList<PlannedMigration> planned)
    {
        if (job.Terminal.IsJson)
        {
            Terminal.WriteJson(new PlanDocument(job.Target.ToString(), [.. planned.Select(Document)]), JsonDocuments.Default.PlanDocument);
            return;
        }

        var text = Console.Out; // not through Spectre, which would wrap SQL at the width of the terminal
        text.WriteLine($"-- {Wording.Target(job.Target)}");
        if (planned.Count == 0)
            text.WriteLine($"-- {Wording.NothingPending}");
        foreach (var plan in planned)
        {
            text.WriteLine();
            text.WriteLine($"-- {plan.Migration}: {Wording.Phase(plan.Migration)}, {(plan.Migration.IsTransactional(Direction.Up) ? "one transaction" : "each statement commits on its own")}");
            foreach (var statement in plan.Statements)
                text.WriteLine(Sql(statement));
        }
    }

    private static string Sql(Statement statement) => string.Join("\n", new[]
    {
        statement.Condition is null ? null : $"-- only if {statement.Condition}:",
        statement.Kind == StatementKind.Check ? $"-- must be true, else: {statement.Failure}" : null,
        $"{statement.Sql.Trim().TrimEnd(';')};", // FluentMigrator's have one, ours have none
    }.OfType<string>());

    private static PlannedMigrationDocument Document(PlannedMigration plan) => new(
        plan.Migration.Version,
        plan.Migration.Name,
        plan.Migration.Phase,
        plan.Migration.IsTransactional(Direction.Up),
        [.. plan.Statements.Select(statement => new PlannedStatementDocument(statement.Sql, statement.Kind, statement.Condition, [.. statement.Locks.Select(wanted => wanted.ToString())]))]);
}
