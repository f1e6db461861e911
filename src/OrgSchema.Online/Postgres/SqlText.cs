namespace OrgSchema.Online;

/// <summary>One statement of a text.</summary>
/// <param name="Sql">The statement, without the comments before it and the semicolon after it.</param>
/// <param name="Line">The line of the text that it begins on, from 1.</param>
public readonly record struct SqlStatement(string Sql, int Line)
{
    /// <summary>Its first word, in capitals, such as <c>SELECT</c>.</summary>
    public string Verb => new string([.. Sql.TakeWhile(char.IsAsciiLetter)]).ToUpperInvariant();
}

/// <summary>Reads SQL as far as telling one statement from the next takes.</summary>
/// <remarks>https://www.postgresql.org/docs/current/sql-syntax-lexical.html. The body of a function between BEGIN ATOMIC and END is not known here.</remarks>
public static class SqlText
{
    /// <summary>Splits a text at its semicolons: not at those within a string, a name, a comment or parentheses.</summary>
    public static IReadOnlyList<SqlStatement> Split(string sql)
    {
        ArgumentNullException.ThrowIfNull(sql);
        var statements = new List<SqlStatement>();
        var (start, depth, at) = (-1, 0, 0);
        while (at < sql.Length)
        {
            var next = After(sql, at);
            var isBlank = char.IsWhiteSpace(sql[at]) || IsComment(sql, at);
            if (sql[at] == ';' && depth <= 0)
            {
                Add(at);
                (start, depth) = (-1, 0);
            }
            else if (!isBlank && start < 0)
            {
                start = at;
            }

            depth += sql[at] switch { '(' => 1, ')' => -1, _ => 0 };
            at = next;
        }

        Add(sql.Length);
        return statements;

        void Add(int end)
        {
            if (start >= 0)
                statements.Add(new SqlStatement(sql[start..end].TrimEnd(), 1 + sql.AsSpan(0, start).Count('\n')));
        }
    }

    private static bool IsComment(string sql, int at) => StartsWith(sql, at, "--") || StartsWith(sql, at, "/*");

    /// <summary>Where what begins at <paramref name="at"/> has ended.</summary>
    private static int After(string sql, int at) => sql[at] switch
    {
        '-' when StartsWith(sql, at, "--") => EndOf(sql, at, "\n"),
        '/' when StartsWith(sql, at, "/*") => AfterComment(sql, at),
        '\'' when at > 0 && sql[at - 1] is 'e' or 'E' && (at == 1 || !IsPartOfName(sql[at - 2])) => AfterEscaped(sql, at),
        '\'' => EndOf(sql, at + 1, "'"), // a doubled quote is the begin of the next string
        '"' => EndOf(sql, at + 1, "\""),
        '$' when at == 0 || !IsPartOfName(sql[at - 1]) => AfterDollar(sql, at),
        _ => at + 1,
    };

    private static int AfterComment(string sql, int at)
    {
        var depth = 0;
        do
        {
            var step = StartsWith(sql, at, "/*") ? 1 : StartsWith(sql, at, "*/") ? -1 : 0;
            depth += step;
            at += step == 0 ? 1 : 2;
        }
        while (depth > 0 && at < sql.Length);

        return Math.Min(at, sql.Length);
    }

    private static int AfterEscaped(string sql, int at)
    {
        for (at++; at < sql.Length && sql[at] != '\''; at++)
        {
            if (sql[at] == '\\')
                at++;
        }

        return Math.Min(at + 1, sql.Length);
    }

    // $1 is a parameter, $body$ and $$ are quotes.
    private static int AfterDollar(string sql, int at)
    {
        var end = at + 1;
        while (end < sql.Length && IsPartOfName(sql[end]) && !(end == at + 1 && char.IsAsciiDigit(sql[end])))
            end++;
        return end < sql.Length && sql[end] == '$' ? EndOf(sql, end + 1, sql[at..(end + 1)]) : at + 1;
    }

    private static int EndOf(string sql, int from, string mark) =>
        sql.IndexOf(mark, from, StringComparison.Ordinal) is >= 0 and var found ? found + mark.Length : sql.Length;

    private static bool StartsWith(string sql, int at, string mark) => string.CompareOrdinal(sql, at, mark, 0, mark.Length) == 0;

    private static bool IsPartOfName(char c) => char.IsLetterOrDigit(c) || c == '_';
}
