using System.Globalization;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>How it went, and where they stand: one row a database.</summary>
internal static class FleetReport
{
    /// <summary>Shows the results of a run.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="direction">Applied or reverted.</param>
    /// <param name="targets">The results.</param>
    /// <param name="wasInterrupted">Whether that is why some were not started.</param>
    /// <param name="next">What to type if it is not all done.</param>
    /// <returns>The exit code: that of the most serious result.</returns>
    public static int Show(Terminal terminal, Direction direction, IReadOnlyList<FleetTargetDocument> targets, bool wasInterrupted, string next)
    {
        var isCut = wasInterrupted && targets.Any(target => target.Outcome == FleetOutcome.NotStarted);
        var code = ExitCode.MostSerious([.. targets.Select(target => target.ExitCode), isCut ? ExitCode.Interrupted : ExitCode.Done]);
        if (terminal.IsJson)
        {
            Terminal.WriteJson(new FleetDocument(direction, targets, code), JsonDocuments.Default.FleetDocument);
            return code;
        }

        var table = TableOf("database", "outcome", direction == Direction.Up ? "applied" : "reverted", "took", "error");
        foreach (var target in targets)
        {
            var (count, took) = target.Outcome == FleetOutcome.NotStarted ? ("", "") : ($"{target.Done.Count}", Wording.Time(TimeSpan.FromSeconds(target.Seconds)));
            table.AddRow([.. new[] { target.Name, Wording.Outcome(target.Outcome), count, took, target.Error?.Error ?? "" }.Select(Markup.Escape)]);
        }

        terminal.Text.Write(table);
        terminal.Text.WriteLine(Wording.FleetSummary(targets));
        foreach (var target in targets)
        {
            if (target.Error is { } error)
                ErrorReport.ShowText(terminal, error, target.Name);
            foreach (var finding in target.Findings?.Where(finding => finding.Severity == Severity.Error) ?? [])
                terminal.Error.WriteLine(Wording.About(target.Name, FindingReport.Line(finding)));
        }

        if (code != ExitCode.Done)
            terminal.Error.WriteLine($"next:  {next}");
        return code;
    }

    /// <summary>Shows where the migrations stand.</summary>
    public static void Show(Terminal terminal, IReadOnlyList<TargetStatusDocument> targets)
    {
        if (terminal.IsJson)
        {
            Terminal.WriteJson(new FleetStatusDocument(targets), JsonDocuments.Default.FleetStatusDocument);
            return;
        }

        var table = TableOf("database", "newest applied", "applied", "pending", "notes");
        foreach (var target in targets)
        {
            var migrations = target.Migrations ?? [];
            var newest = migrations.LastOrDefault(migration => migration.AppliedOn is not null);
            string[] cells = target.Error is { } error ? [target.Name, "", "", "", error.Error] :
            [
                target.Name,
                newest is null ? "" : $"{newest.Version} {newest.Name}",
                migrations.Count(migration => migration.AppliedOn is not null).ToString(CultureInfo.InvariantCulture),
                migrations.Count(migration => migration.State is MigrationState.Pending or MigrationState.OutOfOrder).ToString(CultureInfo.InvariantCulture),
                Wording.Notes(migrations),
            ];
            table.AddRow([.. cells.Select(Markup.Escape)]);
        }

        terminal.Text.Write(table);
    }

    private static Table TableOf(params string[] columns) => new Table().Border(TableBorder.Simple).AddColumns(columns);
}
