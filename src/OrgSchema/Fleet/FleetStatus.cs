using System.CommandLine;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Where the migrations of many databases stand. Changes nothing.</summary>
internal static class FleetStatus
{
    /// <summary>Asks all of them, and shows the answers.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="differs">Whether a state is to be told by the exit code.</param>
    /// <param name="cancellationToken">Ends the questions.</param>
    /// <exception cref="RequestException">The list of databases has mistakes.</exception>
    public static async Task<int> ShowAsync(ParseResult parsed, Func<MigrationStatus, bool> differs, CancellationToken cancellationToken)
    {
        var tenancy = TenancyConfiguration.Load(parsed.GetValue(CommonOptions.Config));
        var targets = await TargetList.ReadAsync(parsed, cancellationToken);
        var job = new Job(parsed, Job.TerminalOf(parsed), targets[0].Target, tenancy);
        TargetList.Remark(job.Terminal, parsed, targets);
        await using var fleet = job.Fleet(FleetRun.OptionsOf(parsed));
        var answers = await fleet.AskAsync([.. targets.Select(target => target.InFleet)], (_, migrator, token) => migrator.StatusAsync(token), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var documents = targets.Zip(answers, (target, answer) => new TargetStatusDocument(
            target.Name,
            target.Target.ToString(),
            answer.Value is { } status ? [.. status.Migrations.Select(MigrationDocument.Of)] : null,
            answer.Error is { } error ? ErrorReport.Of(error, account: null) : null)).ToList();
        FleetReport.Show(job.Terminal, documents);
        return ExitCode.MostSerious(
        [
            .. documents.Select(document => document.Error?.ExitCode ?? ExitCode.Done),
            answers.Any(answer => answer.Value?.Migrations.Any(differs) == true) ? ExitCode.Differs : ExitCode.Done,
        ]);
    }
}
