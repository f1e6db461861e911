namespace OrgSchema.Online;

/// <summary>One statement that a step runs, with all that a reader of the plan wants to know about it.</summary>
/// <param name="Sql">Exactly what is sent, a single statement where <see cref="Waits"/> is <see cref="WaitsFor.Patiently"/>.</param>
public sealed record SqlStatement(string Sql)
{
    /// <summary>What the statement is for the step.</summary>
    public StatementKind Kind { get; init; } = StatementKind.Command;

    /// <summary>A query that returns one boolean: whether what <see cref="OnlyIf"/> and the statement speak of exists. Asked first. Null: it does.</summary>
    public string? Needs { get; init; }

    /// <summary>A query that returns one boolean: the statement runs only if it is true. Null: always. This is how a step converges.</summary>
    public string? OnlyIf { get; init; }

    /// <summary><see cref="OnlyIf"/> in words, for the plan.</summary>
    public string? Condition { get; init; }

    /// <summary>Locks on tables that others use.</summary>
    public IReadOnlyList<TableLock> Locks { get; init; } = [];

    /// <summary>Work that grows with the rows of a table. Empty: a change of the catalog, at any size the same.</summary>
    public IReadOnlyList<RowWork> Rows { get; init; } = [];

    /// <summary>Why it is done this way and not the usual one, for the plan. Null: this is the usual way.</summary>
    public string? Why { get; init; }

    /// <summary>How long it may wait for its locks.</summary>
    public WaitsFor Waits { get; init; } = WaitsFor.Briefly;

    /// <summary>Whether the server refuses it in a transaction, as it does with everything that is CONCURRENTLY.</summary>
    public bool IsAlone { get; init; }

    /// <summary>Whether the author of a migration has written it: then it runs with the settings of role, database and connection string, and not with ours.</summary>
    internal bool IsAuthors { get; init; }

    /// <summary>Why it runs as it is written, although clients may wait or fail. Null: it is judged.</summary>
    internal string? UnsafeReason { get; init; }

    /// <summary>Whether the migration goes on when the server refuses it; what it was for says so later.</summary>
    internal bool IsOptional { get; init; }

    /// <summary>For a batch: one command that goes on until no row is left, for scripts. It asks <see cref="Needs"/> and <see cref="OnlyIf"/> itself. Null: no batch.</summary>
    public string? Loop { get; init; }

    /// <summary>
    /// What its author has said of it, for the checksum, where the SQL is the toolkit's and changes with its version. Null: the SQL itself.
    /// </summary>
    internal string? Said { get; init; }

    /// <summary>For a command that no transaction takes: a query that tells whether one that was cut off has finished. Null: nothing tells.</summary>
    internal string? IsFinished { get; init; }

    /// <summary>For <see cref="StatementKind.Check"/>: what is wrong when it returns false.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether it asks something before it runs.</summary>
    internal bool HasQuestions => Needs is not null || OnlyIf is not null;

    /// <summary>The command with its questions in one, where it may be a part of something: the server answers them itself.</summary>
    internal string AsksItself => !HasQuestions
        ? Sql
        : Dollars.Do("step", $"""
            BEGIN
                {If(Needs, If(OnlyIf, $"EXECUTE {Dollars.Quote("statement", Sql)};"))}
            END
            """);

    private static string If(string? question, string then) => question is null ? then : $"IF ({question}) THEN\n{then}\nEND IF;";

    /// <summary>The first line of a text that is no comment, for messages.</summary>
    internal static string FirstLine(string sql)
    {
        var line = sql.Split('\n').Select(part => part.Trim())
            .FirstOrDefault(part => part.Length > 0 && !part.StartsWith("--", StringComparison.Ordinal)) ?? "";
        return line.Length <= 80 ? line : line[..77] + "...";
    }

    /// <summary>A query that must return true, else the step fails with <paramref name="failure"/>.</summary>
    public static SqlStatement Check(string sql, string failure) => new(sql) { Kind = StatementKind.Check, Failure = failure };

    /// <summary>A query that returns one line of text for the person who runs this; null or empty is not shown.</summary>
    public static SqlStatement Report(string sql) => new(sql) { Kind = StatementKind.Report };
}

/// <summary>What a <see cref="SqlStatement"/> is for.</summary>
public enum StatementKind
{
    /// <summary>Changes something.</summary>
    Command,

    /// <summary>Returns true or fails the step.</summary>
    Check,

    /// <summary>Returns a line for people.</summary>
    Report,
}

/// <summary>How a statement waits for locks.</summary>
public enum WaitsFor
{
    /// <summary>Others queue behind it: <see cref="MigratorOptions.LockTimeout"/>, and only after a look.</summary>
    Briefly,

    /// <summary>It blocks no reader and no writer while it waits: <see cref="MigratorOptions.PatientLockTimeout"/>.</summary>
    Patiently,
}
