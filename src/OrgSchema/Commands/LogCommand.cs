using System.CommandLine;

namespace OrgSchema;

/// <summary><c>log</c>: who ran what, when, and how it ended.</summary>
internal static class LogCommand
{
    public static Command Create()
    {
        var last = CommonOptions.Count("--last", "Show this many entries, newest first.", "N", otherwise: 20);
        var command = new Command("log", "Show the run log: who ran which migration, when, for how long, and the outcome.") { last };
        command.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            await using var migrator = job.Migrator();
            LogReport.Show(job, await migrator.LogAsync(parsed.GetValue(last), token));
            return ExitCode.Done;
        });
        return command;
    }
}
