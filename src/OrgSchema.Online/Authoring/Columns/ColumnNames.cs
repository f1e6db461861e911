using System.Text.RegularExpressions;

namespace OrgSchema.Online;

/// <summary>References to a column in SQL that PostgreSQL itself has written, such as the definition of an index.</summary>
internal static partial class ColumnNames
{
    /// <summary>The same SQL with another column in place of one.</summary>
    /// <remarks>
    /// In such SQL a column has no table before it. Other names follow <c>::</c>, COLLATE or a dot, or come before a dot or a parenthesis.
    /// </remarks>
    /// <param name="sql">What follows the name of the table.</param>
    /// <param name="column">The column.</param>
    /// <param name="other">The one in its place.</param>
    public static string Replaced(string sql, Identifier column, Identifier other)
    {
        var isType = false;
        var before = "";
        return Token().Replace(sql, token =>
        {
            var text = token.Value;
            if (text.Trim().Length == 0)
                return text;
            var isName = char.IsLetter(text[0]) || text[0] is '_' or '"';
            isType = before == "::" || isType && (isName && !IsKeyword(text) || text == ".");
            var isOther = isType || before is "." or "COLLATE" || Follows(sql, token.Index + token.Length) is '.' or '(';
            before = text;
            return isName && !isOther && Identifier.Read(text) == column.Name ? QualifiedName.InQuotes(other.Name) : text;
        });
    }

    // Names without quotes have no capitals.
    private static bool IsKeyword(string word) => word.All(char.IsAsciiLetterUpper);

    private static char Follows(string sql, int place) => place < sql.Length ? sql[place] : ' ';

    [GeneratedRegex("""
        E?'(?:[^'\\]|\\.|'')*'|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*|::|\s+|.
        """, RegexOptions.Singleline)]
    private static partial Regex Token();
}
