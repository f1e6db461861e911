using System.CommandLine;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary><c>verify</c>: is the result right?</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var roles = new Option<bool>("--roles") { Description = "Also list what the roles of the data API can do with every table, column, function and sequence that it serves." };
        var command = new Command("verify", "Check that structure, data and privileges match the applied migrations. Nothing is changed.") { roles };
        command.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            await using var migrator = job.Migrator();
            RoleSurface? surface = null;
            var isNothingApplied = false;
            var findings = await migrator.AskAsync(
                async (connection, applied, cancel) =>
                {
                    isNothingApplied = applied.Count == 0;
                    surface = parsed.GetValue(roles) ? await RoleSurface.ReadAsync(connection, DataApi.Roles, await DataApi.SchemasAsync(connection, cancel), cancel) : null;
                    return await job.Verify(connection, applied, cancel);
                },
                token);
            FindingReport.Show(job, findings, isNothingApplied ? Wording.NothingToVerify : Wording.Verified, surface);
            return findings.Any(finding => finding.Severity == Severity.Error) ? ExitCode.Differs : ExitCode.Done;
        });
        return command;
    }
}
