using System.Text;

namespace OrgSchema.Online.Tests;

/// <summary><c>docs/findings.md</c>, as the catalog has it.</summary>
internal static class FindingsPage
{
    private const string Introduction = """
        # Findings

        What `orgschema lint` and `orgschema rehearse` find in migrations and in files of SQL; `orgschema explain ID` shows one of them.
        An error ends `lint` with exit code 3, a warning does not.

        The server is the parser. There is no parser of PostgreSQL's SQL for .NET, and regular expressions over SQL find what looks bad, not what is:
        so the statements run, one by one, on a throw-away database, and the findings come from the locks, scans, rewrites and rows that the server
        shows, from its catalogs before and after, from plans, and from trials that are taken back. What follows from that:

        - A statement is judged by what it does there. A branch that is not taken, or a function that nobody calls, is not seen.
        - Tables need rows. `lint` gives those of the baseline some thousand; what is called big has at least 1,000 of them.
        - A lock that comes and goes within a statement which commits by itself (`VACUUM`) may be too short to be seen.
        - Files are split as psql splits them. Commands of psql (`\i`, `\copy`), rows after `COPY ... FROM STDIN`, and function bodies that begin
          with `BEGIN ATOMIC` are refused.

        What needs a way back, an application or roles to be seen, only a rehearsal finds; it has no example here.

        The examples are tests: the bad ones have the finding, the good ones have none. They run on two tables of 2,000 rows, `customers`, which
        has a trigger that keeps `updated_at`, and `orders`.
        """;

    public static string Write()
    {
        var page = new StringBuilder(Introduction.ReplaceLineEndings("\n")).Append('\n');
        page.Append("\n| id | | found when |\n|---|---|---|\n");
        foreach (var kind in FindingCatalog.All)
            page.Append($"| [{kind.Id}](#{kind.Id}) | {Name(kind.Severity)} | {kind.Condition} |\n");
        foreach (var kind in FindingCatalog.All)
        {
            page.Append($"\n## {kind.Id}\n\n{kind.Condition}\n\n*Effect:* {kind.Effect}\n\n*Instead:* {kind.Remedy}\n");
            if (kind is not { Bad: { } bad, Good: { } good })
                continue;
            page.Append($"\nBad:\n\n```{kind.Language}\n{bad.ReplaceLineEndings("\n")}\n```\n\nGood:\n\n```{kind.Language}\n{good.ReplaceLineEndings("\n")}\n```\n");
        }

        return page.ToString();
    }

    private static string Name(Severity severity) => severity.ToString().ToLowerInvariant();
}
