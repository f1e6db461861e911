using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>What was answered before a Down.</summary>
/// <param name="GoesOn">Whether to go on.</param>
/// <param name="IgnoresFunctions">Whether functions that will fail were accepted.</param>
internal sealed record DownAnswer(bool GoesOn, bool IgnoresFunctions);

/// <summary>Before a Down: what is removed, and whether it may be.</summary>
internal static class DownQuestion
{
    /// <summary>Shows what is removed, and asks on a terminal. Elsewhere the archive is promise enough, but not for a purge, and not for functions that will fail.</summary>
    /// <exception cref="PreflightException">Something would be lost, or would fail, that nobody has accepted.</exception>
    /// <exception cref="RequestException">A purge was not confirmed and there is nobody to ask.</exception>
    public static async Task<DownAnswer> AskAsync(Job job, IReadOnlyList<(string? Target, RemovalReport Removals)> databases, bool purge, bool yes, bool ignoreFunctions)
    {
        foreach (var (target, report) in databases)
            job.Terminal.Text.WriteLine(Wording.About(target, Wording.Removals(report, purge)));
        var obstacles = databases.SelectMany(database => database.Removals.Obstacles).ToList();
        var asks = job.Terminal.CanAsk && !yes;
        var functions = databases.SelectMany(database => database.Removals.Functions).Distinct().ToList();
        if (!ignoreFunctions && !asks)
            obstacles.AddRange(functions.Select(function => function.Finding));
        if (obstacles.Exists(obstacle => obstacle.Severity == Severity.Error))
            throw new PreflightException(obstacles);
        foreach (var warning in obstacles)
            job.Terminal.Text.WriteLine(FindingReport.Line(warning));
        foreach (var function in asks ? functions : [])
            job.Terminal.Text.WriteLine(FindingReport.Line(function.Finding with { Severity = Severity.Warning }));
        if (yes)
            return new(GoesOn: true, ignoreFunctions);
        if (!asks && purge)
            throw new RequestException("--purge deletes the archive permanently, and there is nobody here to ask.", "Add --yes if that is what you want.");
        return new(!asks || await job.Terminal.AskAsync("Go on?"), ignoreFunctions || asks);
    }
}
