using System.CommandLine;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary><c>verify</c>: is the result right?</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var command = new Command("verify", "Ask whether the result is right at the version the database has: structure, data, privileges; nothing is changed.");
        command.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            await using var migrator = job.Migrator();
            var findings = await migrator.AskAsync(job.Verify, token);
            FindingReport.Show(job, findings, Wording.Verified);
            return findings.Any(finding => finding.Severity == Severity.Error) ? ExitCode.Differs : ExitCode.Done;
        });
        return command;
    }
}
