using System.CommandLine;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary><c>plan</c>: what would run, and whom it would make wait.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var down = CommonOptions.Number<long>("--down", "Show instead what 'migrate down --to VERSION' would revert; 0 for all.", "VERSION");
        var format = new Option<PlanFormat>("--format") { Description = "text (SQL, the rest in comments) or markdown (for a ticket). Default: text.", HelpName = "text|markdown", CustomParser = CommonOptions.Choice<PlanFormat> };
        var command = new Command("plan", "Show what would run, statement by statement: SQL, locks, who waits, rows read and written, and why. Nothing is changed.") { down, format };
        command.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            await using var migrator = job.Migrator();
            var plan = await migrator.DescribeAsync(parsed.GetValue(down) is { } version ? DownTarget.Above(version) : null, token);
            PlanReport.Show(job, plan, parsed.GetValue(format));
            return ExitCode.Done;
        });
        return command;
    }
}
