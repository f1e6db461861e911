using System.CommandLine;

namespace OrgSchema;

/// <summary><c>plan</c>: the SQL of what is pending.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var command = new Command("plan", "Show the SQL of what is pending, step by step; change nothing.");
        command.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            await using var migrator = job.Migrator();
            PlanReport.Show(job, await migrator.PlanAsync(token));
            return ExitCode.Done;
        });
        return command;
    }
}
