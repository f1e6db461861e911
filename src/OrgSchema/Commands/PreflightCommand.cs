using System.CommandLine;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary><c>preflight</c>: can a run succeed here?</summary>
internal static class PreflightCommand
{
    public static Command Create()
    {
        var command = new Command("preflight", "Check whether a run can succeed, and report every obstacle. Nothing is changed.") { CommonOptions.MissingUsers };
        command.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            await using var migrator = job.Migrator();
            var findings = await migrator.AskAsync(job.Preflight, token);
            FindingReport.Show(job, findings, Wording.PreflightClear);
            return findings.Any(finding => finding.Severity == Severity.Error) ? ExitCode.PreflightRefused : ExitCode.Done;
        });
        return command;
    }
}
