namespace OrgSchema.Online;

/// <summary>What a backfill does: which rows of which table, and the one statement that does a batch of them.</summary>
/// <param name="table">The table that is walked.</param>
/// <param name="key">Its unique, indexed column.</param>
/// <param name="where">Which rows, as <c>t</c>, are still to be done; false once they are.</param>
/// <param name="apply">The statement, without RETURNING; <c>batch</c> holds the keys.</param>
internal sealed class BackfillExpression(QualifiedName table, string key, string where, string apply) : OnlineExpression
{
    public QualifiedName Table => table;

    /// <summary>As in <see cref="Statement.Needs"/>.</summary>
    public string? Needs { get; init; }

    /// <summary>Whether there are rows left.</summary>
    public string Remaining => $"""
        -- rows left to backfill
        SELECT EXISTS (SELECT FROM {table} AS t WHERE {where})
        """;

    /// <summary>The rows that are left, for people.</summary>
    public string Left => $"SELECT t.* FROM {table} AS t WHERE {where}";

    /// <summary>The key of a row that is left; no row if none is.</summary>
    public string OneLeft => $"""
        -- a row left to backfill
        SELECT t.{key}::text FROM {table} AS t WHERE {where} LIMIT 1
        """;

    /// <summary>Whether the row of a key is left.</summary>
    public string IsLeft(string row) => $"SELECT EXISTS (SELECT FROM {table} AS t WHERE t.{key} = {Literal.Of(row)} AND ({where}))";

    /// <summary>The planner's estimate of the rows to do: counting them would cost as much as doing them.</summary>
    public string Estimate => $"EXPLAIN (FORMAT JSON) SELECT FROM {table} AS t WHERE {where}";

    /// <summary>
    /// One batch: picks keys, applies, moves the checkpoint - one statement, so one transaction and one round trip, and no
    /// kill can come between the rows and the checkpoint. Returns rows picked, the last key, rows changed.
    /// </summary>
    public string Batch(StepContext context, string? after, int size) => $"""
        -- backfill {table}
        WITH batch AS MATERIALIZED (
            SELECT t.{key} AS key FROM {table} AS t
            WHERE {(after is null ? "" : $"t.{key} > {Literal.Of(after)} AND ")}({where})
            ORDER BY t.{key} LIMIT {size}
        ), applied AS (
            {apply.Trim()}
            RETURNING 1
        ), done AS (
            SELECT pg_catalog.count(*) AS picked, (SELECT b.key::text FROM batch AS b ORDER BY b.key DESC LIMIT 1) AS last,
                   (SELECT pg_catalog.count(*) FROM applied) AS changed
            FROM batch
        ), checkpoint AS (
            INSERT INTO {context.PrivateSchema}.backfill_checkpoint AS c (version, table_name, last_key, picked, changed)
            SELECT {context.Version}, {Literal.Of(table.ToString())}, d.last, d.picked, d.changed FROM done AS d WHERE d.picked > 0
            ON CONFLICT (version, table_name) DO UPDATE
            SET last_key = excluded.last_key, picked = c.picked + excluded.picked, changed = c.changed + excluded.changed, updated_at = pg_catalog.now()
        )
        SELECT d.picked, d.last, d.changed FROM done AS d
        """;

    public override IEnumerable<Statement> Statements(StepContext context) =>
    [
        new(Batch(context, null, 1_000))
        {
            Needs = Needs,
            OnlyIf = Remaining,
            Condition = "rows are left; again from the last key on, until none is",
            Locks = [new(table, LockMode.RowExclusive)],
        },
    ];

    internal override Task ExecuteAsync(IExecution execution, CancellationToken cancellationToken) => execution.RunAsync(this, cancellationToken);

    public override string ToString() => $"backfill {table}";
}
