using OrgSchema.Online;
using Spectre.Console;

namespace OrgSchema;

/// <summary>Findings of a check.</summary>
internal static class FindingReport
{
    public static void Show(Job job, IReadOnlyList<Finding> findings, string clear, RoleSurface? surface = null)
    {
        if (job.Terminal.IsJson)
        {
            Terminal.WriteJson(new FindingsDocument(job.Target.ToString(), findings, surface?.Lines), JsonDocuments.Default.FindingsDocument);
            return;
        }

        job.Terminal.Text.WriteLine(Wording.Target(job.Target));
        foreach (var line in surface?.Lines ?? [])
            job.Terminal.Text.WriteLine(Wording.Surface(line));
        Lines(job.Terminal, findings, clear);
    }

    public static void Lines(Terminal terminal, IReadOnlyList<Finding> findings, string clear)
    {
        foreach (var finding in findings.OrderByDescending(finding => finding.Severity))
            terminal.Text.WriteLine(Line(finding));
        if (findings.All(finding => finding.Severity != Severity.Error))
            terminal.Text.WriteLine(clear);
    }

    public static string Line(Finding finding) =>
        $"{Wording.Severity(finding.Severity),-8}  {finding.Message} [{finding.Id}]\n          {finding.Remedy.ReplaceLineEndings("\n          ")}";
}
