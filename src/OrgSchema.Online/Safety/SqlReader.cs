namespace OrgSchema.Online;

/// <summary>Reads the tokens of a statement, one after the other.</summary>
internal sealed class SqlReader(string sql, IReadOnlyList<SqlToken> tokens)
{
    private int _at;

    public SqlReader(string sql)
        : this(sql, SqlTokens.Of(sql))
    {
    }

    /// <summary>The tokens that are left.</summary>
    public IReadOnlyList<SqlToken> Rest => [.. tokens.Skip(_at)];

    /// <summary>Their text.</summary>
    public string RestText => Text(Rest);

    public bool IsAtEnd => _at >= tokens.Count;

    /// <summary>The next token; null at the end.</summary>
    public SqlToken? Next => IsAtEnd ? null : tokens[_at];

    /// <summary>Passes over these words, if they are next, one after the other.</summary>
    public bool Skip(params string[] words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (_at + i >= tokens.Count || !tokens[_at + i].Is(words[i]))
                return false;
        }

        _at += words.Length;
        return true;
    }

    /// <summary>Passes over one token.</summary>
    public SqlToken Take() => tokens[_at++];

    /// <summary>A name of one part, as the catalog has it; null if none is next.</summary>
    public string? TakeName() => Next is { Kind: SqlTokenKind.Word or SqlTokenKind.Name } ? Take().Name : null;

    /// <summary>A name with or without a schema; null if none is next.</summary>
    public WrittenName? TakeQualifiedName() =>
        TakeName() is not { } first ? null
        : Skip(".") && TakeName() is { } second ? new WrittenName(first, second)
        : new WrittenName(null, first);

    /// <summary>The text of a parenthesis with what is in it; null if none is next.</summary>
    public string? TakeParenthesis()
    {
        if (Next is not { } open || !open.Is("("))
            return null;
        var depth = 0;
        while (!IsAtEnd)
        {
            var token = Take();
            depth += token.Is("(") ? 1 : token.Is(")") ? -1 : 0;
            if (depth == 0)
                return sql[open.At..token.End];
        }

        return null;
    }

    /// <summary>The tokens up to one of some words, outside of parentheses, or to the end.</summary>
    public IReadOnlyList<SqlToken> TakeUntil(params string[] words)
    {
        var (start, depth) = (_at, 0);
        for (; _at < tokens.Count; _at++)
        {
            if (depth == 0 && words.Any(tokens[_at].Is))
                break;
            depth += tokens[_at].Text is "(" or "[" ? 1 : tokens[_at].Text is ")" or "]" ? -1 : 0;
        }

        return [.. tokens.Skip(start).Take(_at - start)];
    }

    /// <summary>What is left, in parts that commas outside of parentheses separate.</summary>
    public IReadOnlyList<SqlReader> SplitRest()
    {
        var parts = new List<SqlReader>();
        while (!IsAtEnd)
        {
            parts.Add(new SqlReader(sql, TakeUntil(",")));
            Skip(",");
        }

        return parts;
    }

    /// <summary>The text of some tokens that follow each other.</summary>
    public string Text(IReadOnlyList<SqlToken> some) => some.Count == 0 ? "" : sql[some[0].At..some[^1].End];
}

/// <summary>A name as a statement has it.</summary>
/// <param name="Schema">Its schema; null: wherever the search path leads.</param>
/// <param name="Name">Its name.</param>
internal sealed record WrittenName(string? Schema, string Name);
