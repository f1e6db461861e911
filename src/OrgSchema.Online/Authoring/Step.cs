using System.Data;

namespace OrgSchema.Online;

/// <summary>A step of a compiled migration, as data. Outside a transaction it is tried again as a whole when it does not get a lock.</summary>
/// <param name="Name">The step, for messages.</param>
/// <param name="Statements">What it sends, in order; of a backfill one batch.</param>
internal abstract record Step(string Name, IReadOnlyList<SqlStatement> Statements)
{
    /// <summary>Whether nothing in the database tells that it has run: an author has written it.</summary>
    public virtual bool RunsOnce => Statements is [.., { IsAuthors: true, Kind: StatementKind.Command }];

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
