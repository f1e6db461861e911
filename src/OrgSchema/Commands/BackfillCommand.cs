using System.CommandLine;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary><c>backfill</c>: a word with backfills that run elsewhere.</summary>
internal static class BackfillCommand
{
    public static Command Create()
    {
        var rest = CommonOptions.Duration("--rest", "Pause between two batches. Default: 1s.");
        var slow = Says("slow", "Slow backfills down: pause longer between batches.", paused: false, parsed => parsed.GetValue(rest) ?? TimeSpan.FromSeconds(1));
        slow.Add(rest);
        var status = new Command("status", "Show the progress of backfills, and whether they are paused or slowed.");
        status.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            await using var migrator = job.Migrator();
            await ShowAsync(job, migrator, token);
            return ExitCode.Done;
        });
        return new Command("backfill", "Pause, resume or slow running backfills, from any terminal.")
        {
            Says("pause", "Pause backfills: the current batch commits, and no other starts until resume.", paused: true),
            Says("resume", "Resume backfills at full speed.", paused: false),
            slow,
            status,
        };
    }

    private static Command Says(string name, string description, bool paused, Func<ParseResult, TimeSpan?>? rest = null)
    {
        var command = new Command(name, description);
        command.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            await using var migrator = job.Migrator();
            await migrator.ControlBackfillAsync(paused, rest?.Invoke(parsed), token);
            await ShowAsync(job, migrator, token);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task ShowAsync(Job job, Migrator migrator, CancellationToken cancellationToken)
    {
        var status = await migrator.BackfillStatusAsync(cancellationToken);
        job.Terminal.Show(status, JsonDocuments.Default.BackfillStatus, Wording.Backfills(status));
    }
}
