using System.Globalization;
using Spectre.Console;

namespace OrgSchema;

/// <summary>What was found of each migration, and what was recorded.</summary>
internal static class BaselineReport
{
    public static void Show(Job job, IReadOnlyList<FoundStepDocument> steps)
    {
        if (job.Terminal.IsJson)
        {
            Terminal.WriteJson(new FoundDocument(job.Target.ToString(), steps), JsonDocuments.Default.FoundDocument);
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("version", "name", "found");
        foreach (var step in steps)
            table.AddRow(step.Version.ToString(CultureInfo.InvariantCulture), Markup.Escape(step.Name), Found(step));
        if (steps.Count > 0)
            job.Terminal.Text.Write(table);
        foreach (var step in steps.Where(step => step.Differences.Count > 0))
        {
            job.Terminal.Text.WriteLine($"{step.Version} {step.Name}:");
            foreach (var difference in step.Differences)
                job.Terminal.Text.WriteLine($"  {difference.Message} [{difference.Id}]");
        }

        job.Terminal.Text.WriteLine(Wording.Baseline(steps));
    }

    private static string Found(FoundStepDocument step) => step switch
    {
        { Recorded: true } => "[green]there and right: recorded[/]",
        { Extent: Extent.Present } => "[green]there and right[/]",
        { Extent: Extent.Different } => "[yellow]there, but not as the migration makes it[/]",
        _ => "nothing",
    };
}
