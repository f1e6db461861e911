using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>One object in what pg_dump has written.</summary>
/// <param name="Kind">Such as <c>TABLE</c>.</param>
/// <param name="Name">The object, with its schema.</param>
/// <param name="Sql">The statements that make it.</param>
internal sealed record DumpEntry(string Kind, string Name, string Sql)
{
    /// <summary>Whether it grants rights, which comes after everything else.</summary>
    public bool IsGrant => Kind is "ACL" or "DEFAULT ACL";
}

/// <summary>
/// Reads what pg_dump has written, object by object, so that one which cannot be made does not keep the others from being made.
/// Literals are passed over: what looks like the comment before an object is text of the target there.
/// </summary>
internal static partial class DumpText
{
    /// <summary>The objects, in the order in which they are to be made.</summary>
    public static IEnumerable<DumpEntry> Read(string dump)
    {
        var text = OperatingSystem.IsWindows() ? dump.ReplaceLineEndings("\n") : dump;
        var (header, begin) = (Match.Empty, 0);
        for (var at = 0; at < text.Length;)
        {
            if (IsLineStart(text, at) && Header().Match(text, at) is { Success: true } next)
            {
                if (header.Success)
                    yield return Entry(header, text[begin..at]);
                (header, begin) = (next, next.Index + next.Length);
                at = begin;
            }
            else if (IsLineStart(text, at) && text[at] == '\\')
            {
                // Newer versions frame it with commands for psql: https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-META-COMMAND-RESTRICT
                if (header.Success)
                    yield return Entry(header, text[begin..at]);
                header = Match.Empty;
                at = End(text, at, "\n");
            }
            else
            {
                at = After(text, at);
            }
        }

        if (header.Success)
            yield return Entry(header, text[begin..]);
    }

    private static DumpEntry Entry(Match header, string sql)
    {
        var (kind, schema) = (header.Groups["kind"].Value, header.Groups["schema"].Value);
        var name = $"{(schema == "-" ? "" : schema + ".")}{header.Groups["name"].Value}";
        return new DumpEntry(kind, name, kind == "SCHEMA" ? Create().Replace(sql, "CREATE SCHEMA IF NOT EXISTS ", 1) : sql);
    }

    private static bool IsLineStart(string text, int at) => at == 0 || text[at - 1] == '\n';

    // The place behind a literal, a quoted name or a comment that begins here; behind the character, if it is none.
    // https://www.postgresql.org/docs/current/sql-syntax-lexical.html
    private static int After(string text, int at) => text[at] switch
    {
        '\'' => Quoted(text, at, withBackslashes: at > 0 && text[at - 1] is 'E' or 'e' && (at < 2 || !char.IsLetterOrDigit(text[at - 2]))),
        '"' => Quoted(text, at, withBackslashes: false),
        '-' when text.AsSpan(at).StartsWith("--", StringComparison.Ordinal) => End(text, at, "\n"),
        '$' when DollarQuote().Match(text, at) is { Success: true } tag => End(text, at + tag.Length, tag.Value),
        _ => at + 1,
    };

    private static int Quoted(string text, int at, bool withBackslashes)
    {
        var quote = text[at++];
        while (at < text.Length)
        {
            if (withBackslashes && text[at] == '\\')
                at += 2;
            else if (text[at] == quote && at + 1 < text.Length && text[at + 1] == quote)
                at += 2;
            else if (text[at++] == quote)
                break;
        }

        return Math.Min(at, text.Length);
    }

    private static int End(string text, int at, string end) =>
        text.IndexOf(end, at, StringComparison.Ordinal) is >= 0 and var found ? found + end.Length : text.Length;

    [GeneratedRegex(@"\G--\n-- Name: (?<name>[^\n]*); Type: (?<kind>[A-Z ]+); Schema: (?<schema>[^\n]*); Owner: [^\n]*\n--\n")]
    private static partial Regex Header();

    [GeneratedRegex(@"\G\$([^\W\d]\w*)?\$")]
    private static partial Regex DollarQuote();

    [GeneratedRegex("CREATE SCHEMA ")]
    private static partial Regex Create();
}
