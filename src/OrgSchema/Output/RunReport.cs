using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>What a run has done, and how the database stands after it.</summary>
internal static class RunReport
{
    public static int Show(Job job, RunResult result, Direction direction)
    {
        if (job.Terminal.IsJson)
        {
            Terminal.WriteJson(
                new RunDocument(
                    job.Target.ToString(),
                    direction,
                    [.. result.Done.Select(MigrationDocument.Of)],
                    [.. result.Pending.Select(MigrationDocument.Of)],
                    job.Assignments,
                    result.Findings),
                JsonDocuments.Default.RunDocument);
        }
        else
        {
            job.Terminal.Text.WriteLine();
            job.Terminal.Text.WriteLine(Wording.Summary(result, direction));
            if (Assignments.Line(job.Assignments) is { } line)
                job.Terminal.Text.WriteLine(line);
            FindingReport.Lines(job.Terminal, result.Findings, Wording.Verified);
        }

        return result.Findings.Any(finding => finding.Severity == Severity.Error) ? ExitCode.Differs : ExitCode.Done;
    }
}
