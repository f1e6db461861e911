using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>A word, name, literal or sign of a statement.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As it is written.</param>
/// <param name="At">Where it begins in the statement.</param>
internal sealed record SqlToken(SqlTokenKind Kind, string Text, int At)
{
    /// <summary>Where it ends.</summary>
    public int End => At + Text.Length;

    /// <summary>Whether it is this keyword or sign.</summary>
    public bool Is(string word) => Kind is SqlTokenKind.Word or SqlTokenKind.Sign && Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>As the catalog has it, if it is a name.</summary>
    public string Name => Kind == SqlTokenKind.Name ? Identifier.Read(Text) : Text.ToLowerInvariant();
}

/// <summary>What a <see cref="SqlToken"/> is.</summary>
internal enum SqlTokenKind
{
    /// <summary>A keyword, or a name without quotes.</summary>
    Word,

    /// <summary>A name in double quotes.</summary>
    Name,

    /// <summary>A string or a number.</summary>
    Literal,

    /// <summary>Anything else.</summary>
    Sign,
}

/// <summary>Reads a statement as the server does, without comments and space.</summary>
/// <remarks>https://www.postgresql.org/docs/current/sql-syntax-lexical.html</remarks>
internal static partial class SqlTokens
{
    public static IReadOnlyList<SqlToken> Of(string sql) =>
    [
        .. Token().Matches(sql).Where(match => !match.Groups["skip"].Success).Select(match => new SqlToken(Kind(match.Groups), match.Value, match.Index)),
    ];

    private static SqlTokenKind Kind(GroupCollection groups) =>
        groups["word"].Success ? SqlTokenKind.Word
        : groups["name"].Success ? SqlTokenKind.Name
        : groups["literal"].Success ? SqlTokenKind.Literal
        : SqlTokenKind.Sign;

    [GeneratedRegex(
        @"(?<skip>\s+|--[^\n]*|/\*.*?\*/)"
            + @"|(?<literal>[eE]'(?:[^'\\]|\\.|'')*'|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'|\$(?<tag>\w*)\$.*?\$\k<tag>\$|[0-9][\w.]*)"
            + @"|(?<name>" + Identifier.PatternInQuotes + @")|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|::|.",
        RegexOptions.Singleline)]
    private static partial Regex Token();
}
