using System.Collections;

namespace OrgSchema.LocalPostgres;

/// <summary>
/// The environment of the programs that this one starts: made here, because ours may hold the password of a database, or secrets of CI.
/// </summary>
internal static class ChildEnvironment
{
    // How programs and their files are found; Windows cannot load its libraries without SystemRoot.
    private static readonly string[] Kept = ["PATH", "HOME", "TMPDIR", "TMP", "TEMP", "SystemRoot", "APPDATA"];

    /// <summary>What a program looks at with which somebody works.</summary>
    public static readonly IReadOnlyList<string> OfTerminals =
    [
        "TERM", "COLORTERM", "COLUMNS", "LINES", "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LESS", "EDITOR", "VISUAL", "PAGER",
        "PSQLRC", "PSQL_EDITOR", "PSQL_EDITOR_LINENUMBER_ARG", "PSQL_HISTORY", "PSQL_PAGER",
    ];

    /// <summary>Nothing of ours but where things are; messages in English; and <paramref name="more"/>.</summary>
    /// <param name="more">More variables; those that are null are not set.</param>
    /// <returns>A value for each variable that is to be set, null for each that is not to be handed on.</returns>
    public static IReadOnlyDictionary<string, string?> Of(IEnumerable<KeyValuePair<string, string?>>? more = null)
    {
        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(
            variable => (string)variable.Key,
            variable => Kept.Contains((string)variable.Key, StringComparer.OrdinalIgnoreCase) ? (string?)variable.Value : null);
        variables["LC_ALL"] = "C";
        foreach (var (name, value) in more ?? [])
            variables[name] = value;
        return variables;
    }
}
