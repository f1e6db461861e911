using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>What a run has done, and how the database stands after it.</summary>
internal static class RunReport
{
    public static async Task<int> ShowAsync(Job job, RunResult result, Direction direction, CancellationToken cancellationToken)
    {
        await using var connection = await job.Target.OpenAsync(cancellationToken);
        var assignments = await Assignments.ReadAsync(connection, cancellationToken);
        if (job.Terminal.IsJson)
        {
            Terminal.WriteJson(
                new RunDocument(
                    job.Target.ToString(),
                    direction,
                    [.. result.Done.Select(MigrationDocument.Of)],
                    [.. result.Pending.Select(MigrationDocument.Of)],
                    assignments,
                    result.Findings),
                JsonDocuments.Default.RunDocument);
        }
        else
        {
            job.Terminal.Text.WriteLine();
            job.Terminal.Text.WriteLine(Wording.Summary(result, direction));
            if (Assignments.Line(assignments) is { } line)
                job.Terminal.Text.WriteLine(line);
            FindingReport.Lines(job.Terminal, result.Findings, Wording.Verified);
        }

        return result.Findings.Any(finding => finding.Severity == Severity.Error) ? ExitCode.Differs : ExitCode.Done;
    }
}
