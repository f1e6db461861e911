namespace OrgSchema.Online;

/// <summary>A command of a text that goes to the server in one piece.</summary>
internal sealed record TextPart(string Sql, PartKind Kind = PartKind.Statement)
{
    public static readonly TextPart Begin = new("BEGIN", PartKind.Begin);

    public static readonly TextPart Commit = new("COMMIT", PartKind.Commit);

    /// <summary>The parts as one text. On a line of its own, a semicolon is no part of a comment.</summary>
    public static string Join(IEnumerable<string> commands) => string.Join("\n;\n", commands);
}

/// <summary>What a <see cref="TextPart"/> is.</summary>
internal enum PartKind
{
    /// <summary>A statement of a migration.</summary>
    Statement,

    /// <summary>A query of a migration.</summary>
    Question,

    /// <summary>A batch of a backfill, which returns how far it has come.</summary>
    Batch,

    /// <summary>A command that is ours, not the migration's.</summary>
    Ours,

    /// <summary>BEGIN.</summary>
    Begin,

    /// <summary>COMMIT.</summary>
    Commit,
}
