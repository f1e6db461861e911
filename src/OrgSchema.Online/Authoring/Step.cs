using System.Data;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>A step of a compiled migration, as data. Outside a transaction it is tried again as a whole when it does not get a lock.</summary>
/// <param name="Name">The step, for messages.</param>
/// <param name="Statements">What it sends, in order; of a backfill one batch.</param>
internal abstract record Step(string Name, IReadOnlyList<SqlStatement> Statements)
{
    /// <summary>Whether nothing in the database tells that it has run: an author has written it.</summary>
    public virtual bool RunsOnce => Statements is [.., { IsAuthors: true, Kind: StatementKind.Command }];

    /// <summary>What the author has written, for the step ledger.</summary>
    public virtual string Said => Statements[^1].Sql;

    /// <summary>The steps of some verbs, one after the other. Whether each backfill among them has a key is asked before the first change.</summary>
    /// <remarks>Our own archives have one.</remarks>
    public static IEnumerable<Step> InOrder(StepContext context, IReadOnlyList<OnlineExpression> verbs) =>
    [
        .. verbs.OfType<BackfillExpression>().Where(backfill => backfill.Table.Schema != context.PrivateSchema).Select(backfill => new KeyStep(backfill)),
        .. verbs.SelectMany(verb => verb.Steps(context)),
    ];
}

/// <summary>Statements, one after the other.</summary>
internal sealed record StatementStep(string Name, IReadOnlyList<SqlStatement> Statements) : Step(Name, Statements);

/// <summary>Work on many rows, batch after batch.</summary>
internal sealed record BatchedStep(BatchedExpression Work, IReadOnlyList<SqlStatement> Statements) : Step($"{Work}", Statements);

/// <summary>Proves that a backfill can walk by its key.</summary>
internal sealed record KeyStep(BackfillExpression Backfill) : Step($"key of {Backfill.Table}", [Backfill.Key.Proof(Backfill.Needs)]);

/// <summary>C# code of the author, on the connection of the migration and in its transaction.</summary>
internal sealed record CodeStep(string Name, Action<IDbConnection, IDbTransaction?> Code) : Step(Name, [new SqlStatement($"-- {Name}")])
{
    public override bool RunsOnce => true;
}

/// <summary>What an author has written as one statement, done in steps that hold no strong lock for long.</summary>
/// <param name="Original">The statement.</param>
/// <param name="Why">Why it is not done as it is written.</param>
/// <param name="Parts">The steps. Each asks whether it is still to be done.</param>
/// <param name="Cleanup">Removes what the parts have made before rows refused one of them.</param>
/// <param name="MayBegin">A query that is true where the statement can begin; null: it can.</param>
/// <param name="Required">The column that is made NOT NULL, and the check that proves it on the way; null: none is.</param>
internal sealed record RewrittenStep(
    SqlStatement Original,
    string Why,
    IReadOnlyList<Step> Parts,
    IReadOnlyList<SqlStatement> Cleanup,
    string? MayBegin,
    (Identifier Column, Identifier Check)? Required)
    : Step(Original.Sql, [.. Parts.SelectMany(part => part.Statements)])
{
    public override bool RunsOnce => true;

    public override string Said => Original.Sql;

    /// <summary>What the server says to rows that refuse it, as it would of the statement.</summary>
    public PostgresException? InItsWords(PostgresException refusal) =>
        Required is { } required && refusal.SqlState == PostgresErrorCodes.CheckViolation && refusal.ConstraintName == required.Check.Name
            ? new PostgresException(
                $"column \"{required.Column.Name}\" of relation \"{refusal.TableName}\" contains null values",
                refusal.Severity,
                refusal.InvariantSeverity,
                PostgresErrorCodes.NotNullViolation)
            : null;
}
