namespace OrgSchema.Online;

/// <summary>Work on many rows, batch after batch, each a short transaction: what a <see cref="BackfillRunner"/> runs.</summary>
internal abstract class BatchedExpression : OnlineExpression
{
    /// <summary>The table, for people and for the estimate.</summary>
    public abstract QualifiedName Table { get; }

    /// <summary>As in <see cref="SqlStatement.Needs"/>.</summary>
    public string? Needs { get; init; }

    /// <summary>What the checkpoint is called. Work that goes the other way must not go on from it.</summary>
    public virtual string Name => Table.ToString();

    /// <summary>The same in a comment, which ends with its line.</summary>
    protected string OneLine => Name.ReplaceLineEndings(" ");

    /// <summary>Whether the condition is about rows of other tables, too.</summary>
    public virtual bool AsksOtherTables => false;

    /// <summary>A row that is left, NULL if it has no key; no row if none is left.</summary>
    public abstract string OneLeft { get; }

    /// <summary>Whether a row of <see cref="OneLeft"/> is left.</summary>
    public abstract string IsLeft(string row);

    /// <summary>The rows that are left, for people.</summary>
    public abstract string Left { get; }

    /// <summary>A plan whose rows are the estimate: counting them would cost as much as doing them. Null: there is no estimate.</summary>
    public abstract string? Estimate { get; }

    /// <summary>The failure when rows stay as they are, however often it comes to them.</summary>
    public virtual string Stuck => $"rows of {Table} are left that it cannot change; a trigger may refuse or undo the change silently";

    /// <summary>The failure when a batch ends where the one before it has ended.</summary>
    public virtual string NoAdvance => $"the walk over {Table} stands still";

    /// <summary>One batch, in one statement. Returns rows picked, the last key, rows changed.</summary>
    public abstract string Batch(StepContext context, KeyRange range, int size);

    /// <summary>Where a range begins, as SQL.</summary>
    protected static string Begin(KeyRange range) => range.After is null ? "NULL" : Literal.Of(range.After);

    /// <summary>A batch that a function of the private schema does, with the checkpoint in the same statement.</summary>
    /// <param name="context">Where the checkpoint is.</param>
    /// <param name="part">The range of the checkpoint.</param>
    /// <param name="batch">A query that returns <c>picked</c>, <c>last</c> and <c>changed</c>.</param>
    protected string Checkpointed(StepContext context, int part, string batch) => $"""
        -- {OneLine}
        WITH batch AS MATERIALIZED (
            {batch}
        ), checkpoint AS (
            INSERT INTO {context.PrivateSchema}.backfill_checkpoint AS c (version, table_name, part, last_key, picked, changed)
            SELECT {context.Version}, {Literal.Of(Name)}, {part}, b.last, b.picked, b.changed FROM batch AS b WHERE b.picked > 0
            ON CONFLICT (version, table_name, part) DO UPDATE
            SET last_key = excluded.last_key, picked = c.picked + excluded.picked, changed = c.changed + excluded.changed, updated_at = pg_catalog.now()
        )
        SELECT b.picked, b.last, b.changed FROM batch AS b
        """;

    public abstract override IEnumerable<SqlStatement> Statements(StepContext context);

    internal sealed override bool NeedsNoTransaction => true;

    internal sealed override IEnumerable<Step> Steps(StepContext context) => [new BatchedStep(this, [.. Statements(context)])];
}
