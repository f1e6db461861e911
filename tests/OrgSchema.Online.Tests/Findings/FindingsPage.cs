using System.Text;

namespace OrgSchema.Online.Tests;

/// <summary><c>docs/findings.md</c>, as the catalog has it.</summary>
internal static class FindingsPage
{
    private const string Introduction = """
        # Findings

        `orgschema lint` and `orgschema rehearse` report these findings for migrations and SQL files. `orgschema explain ID` shows one of them.
        An error makes `lint` exit with code 3, a warning does not.

        The server is the parser. Regular expressions over SQL find what looks bad, not what is bad. So the statements run, one by one, on a
        throw-away database. The findings come from what the server shows: locks, scans, rewrites, rows, its catalogs before and after, plans,
        and trials that are rolled back. What follows from that:

        - A statement is judged by what it does there. A branch that is not taken, or a function that nobody calls, is not seen.
        - Tables need rows. `lint` gives the tables of the baseline a few thousand. A table counts as big from 1,000 rows on.
        - A lock that is taken and released within a statement that commits by itself (`VACUUM`) may be too short to be seen.
        - Files are split as psql splits them. Commands of psql (`\i`, `\copy`), rows after `COPY ... FROM STDIN`, and function bodies that begin
          with `BEGIN ATOMIC` are refused.

        Findings that need a rollback, an application or roles are reported by a rehearsal only. They have no example here.

        The examples are tests: the bad ones have the finding, the good ones have none. They run on two tables of 2,000 rows: `customers`,
        which has a trigger that maintains `updated_at`, and `orders`.
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
