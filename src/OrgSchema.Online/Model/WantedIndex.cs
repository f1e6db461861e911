using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>The definition of an index, as CREATE INDEX has it after the table.</summary>
/// <param name="Sql">Such as <c>USING gin (tags) WHERE NOT deleted</c>.</param>
/// <param name="IsUnique">Whether it is unique.</param>
internal sealed partial record WantedIndex(string Sql, bool IsUnique = false)
{
    /// <summary>The columns, if the index has nothing else. Null: it has.</summary>
    public IReadOnlyList<Identifier>? Columns { get; private init; }

    /// <summary>The definition with its kind, for messages.</summary>
    public string Words => $"{(IsUnique ? "unique " : "")}index";

    /// <summary>An index on columns alone.</summary>
    public static WantedIndex On(IReadOnlyList<Identifier> columns, bool isUnique) =>
        new($"({string.Join(", ", columns)})", isUnique) { Columns = columns };

    /// <summary>Reads what stands between the parentheses of CREATE INDEX, and adds the clauses around them.</summary>
    /// <param name="keys">Columns as the catalog has them, with or without COLLATE, operator class and order, and expressions.</param>
    /// <param name="isUnique">Whether it is unique.</param>
    /// <param name="clauses">What comes before and after the parentheses.</param>
    /// <exception cref="ArgumentException">It is not such a list.</exception>
    public static WantedIndex Parse(string keys, bool isUnique, IndexClauses clauses)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var parts = Split(keys);
        if (parts.TrueForAll(part => IsName(part)) && clauses == IndexClauses.None)
            return On([.. parts.Select(Identifier.Parse)], isUnique);
        return new($"{clauses.Before}({string.Join(", ", parts.Select(Key))}){clauses.After}", isUnique);
    }

    private static bool IsName(string part) => !IsExpression(part) && Ordered().Match(part).Groups["rest"].Length == 0;

    // A name without quotes has no parentheses here: nothing else tells an expression from it.
    private static bool IsExpression(string part) => Ordered().Match(part).Groups["column"] is { Length: > 0 } column
        && !column.Value.StartsWith('"') && column.Value.Contains('(', StringComparison.Ordinal);

    private static string Key(string part)
    {
        if (IsExpression(part))
            return part;
        var ordered = Ordered().Match(part);
        return ordered.Success
            ? $"{Identifier.Parse(ordered.Groups["column"].Value)}{ordered.Groups["rest"].Value}"
            : throw new ArgumentException($"'{part}' is neither a column nor an expression, as CREATE INDEX has them.");
    }

    // At commas outside of quotes and parentheses. A quote that is not the first character of a name is part of it.
    private static List<string> Split(string keys)
    {
        var parts = new List<string>();
        var (begin, depth) = (0, 0);
        for (var at = 0; at <= keys.Length; at++)
        {
            if (at == keys.Length || keys[at] == ',' && depth == 0)
            {
                parts.Add(keys[begin..at].Trim());
                begin = at + 1;
            }
            else if (keys[at] is '(' or ')')
            {
                depth += keys[at] == '(' ? 1 : -1;
            }
            else if (keys[at] is '"' or '\'' && (depth > 0 || keys.AsSpan(begin, at - begin).IsWhiteSpace()))
            {
                at = EndOfQuote(keys, at);
            }
        }

        return depth == 0 && parts.TrueForAll(part => part.Length > 0) ? parts : throw NoList(keys);
    }

    // A quote that is doubled is a part of what is in quotes.
    private static int EndOfQuote(string keys, int begin)
    {
        var end = begin;
        do
        {
            end = keys.IndexOf(keys[begin], end + 1);
            if (end < 0)
                throw NoList(keys);
        }
        while (keys.AsSpan(end + 1) is [var next, ..] && next == keys[begin] && ++end > 0);
        return end;
    }

    private static ArgumentException NoList(string keys) => new($"'{keys}' is not a list of columns or expressions, separated by commas.");

    // Names of operator classes end in _ops: a word that does not is part of a column's name.
    [GeneratedRegex(
        $$"""
        \A(?<column>{{Identifier.PatternInQuotes}}|[^"\s].*?)(?<rest>
        (?:\s+COLLATE\s+(?:(?:{{Identifier.PatternInQuotes}}|\w+)\.)?(?:{{Identifier.PatternInQuotes}}|\w+))?
        (?:\s+(?:\w+\.)?\w+_ops(?:\s*\([^)]*\))?)?(?:\s+(?:ASC|DESC))?(?:\s+NULLS\s+(?:FIRST|LAST))?)\z
        """,
        RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Ordered();
}

/// <summary>The clauses of CREATE INDEX around its list of columns. Null: it has none.</summary>
/// <param name="Method">The access method, such as <c>gin</c>.</param>
/// <param name="Include">Columns that are in the index for reading only.</param>
/// <param name="NullsNotDistinct">Whether two rows with NULL are the same to a unique index.</param>
/// <param name="With">Storage parameters, such as <c>fillfactor = 70</c>.</param>
/// <param name="Tablespace">Its tablespace.</param>
/// <param name="Where">Which rows are in the index.</param>
internal sealed record IndexClauses(
    string? Method, string? Include, bool NullsNotDistinct, string? With, string? Tablespace, string? Where)
{
    /// <summary>No clause.</summary>
    public static IndexClauses None { get; } = new(null, null, false, null, null, null);

    /// <summary>What comes before the list.</summary>
    public string Before => Method is null ? "" : $"USING {Method} ";

    /// <summary>What comes after the list.</summary>
    public string After =>
        (Include is null ? "" : $" INCLUDE ({Include})")
        + (NullsNotDistinct ? " NULLS NOT DISTINCT" : "")
        + (With is null ? "" : $" WITH ({With})")
        + (Tablespace is null ? "" : $" TABLESPACE {Tablespace}")
        + (Where is null ? "" : $" WHERE {Where}");
}
