using System.CommandLine;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary><c>explain ID</c>: one entry of the catalog of findings.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("ID") { Description = "The id of a finding, such as lock-held-over-scan." };
        var command = new Command("explain", "Explain a finding of lint or rehearse: what it means, what it does to the application, and what to do instead.") { id };
        command.SetAction(parsed =>
        {
            var kind = FindingCatalog.Find(parsed.GetRequiredValue(id))
                ?? throw new RequestException($"There is no finding '{parsed.GetValue(id)}'.", $"There are: {string.Join(", ", FindingCatalog.All.Select(kind => kind.Id))}. Findings of preflight, verify and migrate down are in docs/errors.md and docs/archive.md.");
            Job.TerminalOf(parsed).Show(kind, JsonDocuments.Default.FindingKind, Wording.Explained(kind));
            return ExitCode.Done;
        });
        return command;
    }
}
