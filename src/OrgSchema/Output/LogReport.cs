using System.Globalization;
using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>The run log.</summary>
internal static class LogReport
{
    public static void Show(Job job, IReadOnlyList<RunLogEntry> runs)
    {
        if (job.Terminal.IsJson)
        {
            Terminal.WriteJson(new LogDocument(job.Target.ToString(), runs), JsonDocuments.Default.LogDocument);
            return;
        }

        job.Terminal.Text.WriteLine(Wording.Target(job.Target));
        if (runs.Count == 0)
        {
            job.Terminal.Text.WriteLine("Nothing was run yet.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("started (UTC)", "migration", "outcome", "took", "waited", "attempts", "rows", "who");
        foreach (var run in runs)
        {
            table.AddRow([.. new[]
            {
                run.StartedAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                $"{(run.Direction == Direction.Up ? "up" : "down"),-4} {run.Version} {run.Name}",
                $"{run.Outcome ?? "stopped"}{(run.Reason is null ? "" : $", forced: {run.Reason}")}{(run.Error is null ? "" : $": {run.Error}")}",
                run.Took is { } took ? Wording.Time(took) : "",
                run.Waited is { Ticks: > 0 } waited ? Wording.Time(waited) : "",
                run.Attempts?.ToString(CultureInfo.InvariantCulture) ?? "",
                run.Rows?.ToString("#,0", CultureInfo.InvariantCulture) ?? "",
                $"{run.Operator} as {run.Role}, {run.Program}",
            }.Select(Markup.Escape)]);
        }

        job.Terminal.Text.Write(table);
    }
}
