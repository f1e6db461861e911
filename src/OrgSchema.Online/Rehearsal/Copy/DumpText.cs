using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>One object in what pg_dump has written.</summary>
/// <param name="Kind">Such as <c>TABLE</c>.</param>
/// <param name="Name">The object, with its schema.</param>
/// <param name="Sql">The statements that make it.</param>
internal sealed record DumpEntry(string Kind, string Name, string Sql);

/// <summary>Reads what pg_dump has written, object by object, so that one which cannot be made does not keep the others from being made.</summary>
internal static partial class DumpText
{
    /// <summary>The objects, in the order in which they are to be made.</summary>
    public static IEnumerable<DumpEntry> Read(string dump)
    {
        // Newer versions frame it with commands for psql: https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-META-COMMAND-RESTRICT
        var text = ForPsql().Replace(dump.ReplaceLineEndings("\n"), "");
        var headers = Header().Matches(text);
        for (var i = 0; i < headers.Count; i++)
        {
            var header = headers[i];
            var end = i + 1 < headers.Count ? headers[i + 1].Index : text.Length;
            var (kind, schema) = (header.Groups["kind"].Value, header.Groups["schema"].Value);
            var sql = text[(header.Index + header.Length)..end];
            yield return new DumpEntry(
                kind,
                $"{(schema == "-" ? "" : schema + ".")}{header.Groups["name"].Value}",
                kind == "SCHEMA" ? Create().Replace(sql, "CREATE SCHEMA IF NOT EXISTS ", 1) : sql);
        }
    }

    [GeneratedRegex(@"^\\(un)?restrict .*$", RegexOptions.Multiline)]
    private static partial Regex ForPsql();

    [GeneratedRegex(@"^--\n-- Name: (?<name>.*); Type: (?<kind>[A-Z ]+); Schema: (?<schema>.*); Owner: .*\n--\n", RegexOptions.Multiline)]
    private static partial Regex Header();

    [GeneratedRegex("CREATE SCHEMA ")]
    private static partial Regex Create();
}
