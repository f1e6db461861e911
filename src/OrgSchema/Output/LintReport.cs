using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Findings of migrations or files, each with its place.</summary>
internal static class LintReport
{
    /// <summary>Shows them.</summary>
    /// <returns>The exit code: errors that nothing explains differ from what should be.</returns>
    public static int Show(Terminal terminal, IReadOnlyList<TracedFinding> found, Version server)
    {
        var findings = found.Select(Document).OrderBy(finding => finding.File, StringComparer.Ordinal).ThenBy(finding => finding.Line).ThenBy(finding => finding.Version).ToList();
        var (errors, warnings) = (Count(Severity.Error), Count(Severity.Warning));
        terminal.Show(
            new LintDocument(server.ToString(), errors, warnings, findings),
            JsonDocuments.Default.LintDocument,
            string.Join("\n", [.. findings.Select(Wording.Linted), Wording.LintSummary(errors, warnings, findings.Count - errors - warnings)]));
        return errors > 0 ? ExitCode.Differs : ExitCode.Done;

        int Count(Severity severity) => findings.Count(finding => finding.Severity == severity && finding.Explanation is null);
    }

    private static LintedDocument Document(TracedFinding found) => new(found.Finding.Id, found.Finding.Severity, found.Finding.Message, found.Finding.Remedy)
    {
        File = found.Statement?.Place?.File,
        Line = found.Statement?.Place?.Line,
        Version = found.Statement?.Migration?.Version,
        Name = found.Statement?.Migration?.Name,
        Direction = found.Statement?.Migration is null ? null : found.Statement.Direction,
        Sql = found.Statement?.Sql,
        Explanation = found.Statement?.Place is null ? MigrationLint.Explanation(found) : null,
    };
}
