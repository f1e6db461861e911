namespace OrgSchema.Online;

/// <summary>A file of SQL, statement by statement.</summary>
/// <param name="Name">How it is called in findings.</param>
/// <param name="Text">What is in it.</param>
public sealed record SqlFile(string Name, string Text)
{
    /// <summary>Splits it where psql would. What the statements mean is the server's business.</summary>
    /// <exception cref="RequestException">It has commands of psql, or rows for COPY, or a quote or comment that does not end.</exception>
    public IReadOnlyList<FileStatement> Statements() => new SqlSplitter(this).Split();
}

/// <summary>A statement of a file.</summary>
/// <param name="Sql">Its text, without the comments before it and the semicolon after it.</param>
/// <param name="Place">Where it begins.</param>
/// <param name="Words">Its words outside of quotes, parentheses and comments, in upper case.</param>
public sealed record FileStatement(string Sql, FilePlace Place, IReadOnlyList<string> Words)
{
    /// <summary>Whether it begins a transaction.</summary>
    public bool Begins => Words is ["BEGIN", ..] or ["START", "TRANSACTION", ..];

    /// <summary>Whether it ends one.</summary>
    public bool Ends => Words is (["COMMIT", ..] or ["END", ..] or ["ROLLBACK", ..] or ["ABORT", ..]) and not (["ROLLBACK" or "COMMIT", "PREPARED", ..]) && !Words.Contains("TO");

    /// <summary>Whether it makes, releases or goes back to a savepoint.</summary>
    public bool IsSavepoint => Words is ["SAVEPOINT" or "RELEASE", ..] || Words is ["ROLLBACK", ..] && Words.Contains("TO");
}

/// <summary>A line of a file.</summary>
public sealed record FilePlace(string File, int Line)
{
    /// <summary>As compilers write it.</summary>
    public override string ToString() => $"{File}:{Line}";
}
