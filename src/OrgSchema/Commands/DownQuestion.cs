using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>Before a way down: what goes, and whether it may.</summary>
internal static class DownQuestion
{
    /// <summary>Shows what goes, and asks on a terminal. Elsewhere the archive is promise enough, but not for a purge.</summary>
    /// <returns>Whether to go on.</returns>
    /// <exception cref="RequestException">A purge was not confirmed and there is nobody to ask.</exception>
    public static async Task<bool> AskAsync(Job job, IReadOnlyList<(string? Target, IReadOnlyList<PlannedRemoval> Removals)> databases, bool purge, bool yes)
    {
        foreach (var (target, removals) in databases)
            job.Terminal.Text.WriteLine(Wording.About(target, Wording.Removals(removals, purge)));
        if (yes)
            return true;
        if (!job.Terminal.CanAsk && purge)
            throw new RequestException("--purge deletes the archive for good, and there is nobody here to ask.", "Add --yes if that is what you want.");
        return !job.Terminal.CanAsk || await job.Terminal.AskAsync("Go on?");
    }
}
