using FluentMigrator.Expressions;

namespace OrgSchema.Online;

/// <summary>What a backfill does: which rows of which table, and the one statement that does a batch of them.</summary>
/// <param name="table">The table that is walked.</param>
/// <param name="key">Its unique, indexed column.</param>
/// <param name="where">Which rows, as <c>t</c>, are still to be done; false once they are.</param>
/// <param name="apply">The statement, without RETURNING; <c>batch</c> holds the keys.</param>
internal sealed class BackfillExpression(QualifiedName table, Identifier key, string where, string apply) : BatchedExpression
{
    // Where nobody adapts it.
    private const int Size = 1_000;

    // Enough for ranges that differ by a few percent.
    private const int SampledBytes = 8 << 20;

    // A place in SQL: no name has this character.
    private const string After = "\0";

    /// <summary>
    /// How often one row may be left at the start of a pass, after passes that have changed it, before the backfill ends: more than
    /// clients do by chance. A trigger that undoes one row while another is changed would go on for ever.
    /// </summary>
    public const int ReturnsAtMost = 10;

    /// <summary>
    /// To be set, after SELECT or PERFORM, before batches whose condition <see cref="AsksOtherTables"/>. A batch begins at a key and
    /// goes along its index; a join by merge or hash, or a sort, would read a whole table for each batch, and the time of them all
    /// would grow with the square of the rows.
    /// </summary>
    public const string PlanByKey = """
        pg_catalog.set_config(s.name, 'off', false) FROM (VALUES ('enable_mergejoin'), ('enable_hashjoin'), ('enable_sort')) AS s (name)
        """;

    /// <summary>Takes <see cref="PlanByKey"/> back.</summary>
    public const string PlanAsBefore = "RESET enable_mergejoin; RESET enable_hashjoin; RESET enable_sort";

    public override bool AsksOtherTables { get; } = where.Contains("SELECT", StringComparison.OrdinalIgnoreCase);

    public override QualifiedName Table => table;

    /// <summary>As in <see cref="SqlStatement.Said"/>. Null: key, condition and statement.</summary>
    public string? Said { get; init; }

    /// <summary>The column by which it walks.</summary>
    public BackfillKey Key { get; } = new(table, key);

    /// <summary>Whether the migration has made sure that triggers hear nothing of it.</summary>
    public bool Silent { get; init; }

    /// <summary>Whether there are rows left.</summary>
    public string Remaining => $"""
        -- rows left to backfill
        SELECT EXISTS (SELECT FROM {table} AS t WHERE {where})
        """;

    public override string Left => $"SELECT t.* FROM {table} AS t WHERE {where}";

    public override string OneLeft => $"""
        -- a row left to backfill
        SELECT t.{key}::text FROM {table} AS t WHERE {where} LIMIT 1
        """;

    public override string IsLeft(string row) => IsLeftWhere(Literal.Of(row));

    private string IsLeftWhere(string row) => $"SELECT EXISTS (SELECT FROM {table} AS t WHERE t.{key} = {row} AND ({where}))";

    public override string Estimate => $"EXPLAIN (FORMAT JSON) SELECT FROM {table} AS t WHERE {where}";

    public override string Stuck => $"rows of {table} are left that it cannot change; a trigger may refuse or undo the change silently";

    public override string NoAdvance =>
        $"the walk over {table} stands still at one key: column {key} may have lost NOT NULL, or hold values that differ from their text";

    /// <summary>Whether there are rows left in a range.</summary>
    public string HasLeft(KeyRange range) => $"SELECT EXISTS (SELECT FROM {table} AS t WHERE {range.Contains($"t.{key}")}({where}))";

    /// <summary>The last keys of all but the last of some ranges, in order, that make up this one and have about as much to do each, by a sample of its rows.</summary>
    /// <remarks>Of pages, not of rows: it reads no more of a large table than of a small one.</remarks>
    public string Ends(KeyRange range, int parts) => $"""
        -- ranges of {OneLine}
        SELECT DISTINCT ON (e.key) e.key::text
        FROM (
            SELECT unnest(pg_catalog.percentile_disc((SELECT pg_catalog.array_agg(n::float8 / {parts} ORDER BY n) FROM pg_catalog.generate_series(1, {parts - 1}) AS n)) WITHIN GROUP (ORDER BY t.{key})) AS key
            FROM {table} AS t
                TABLESAMPLE SYSTEM (least(100, 100.0 * {SampledBytes} / greatest(1, pg_catalog.pg_relation_size({Literal.Of(table.ToString())}))))
            WHERE {range.Contains($"t.{key}")}({where})
        ) AS e
        WHERE e.key IS NOT NULL ORDER BY e.key
        """;

    /// <summary>
    /// One batch: picks keys, applies, moves the checkpoint - one statement, so one transaction and one round trip, and no
    /// kill can come between the rows and the checkpoint. Returns rows picked, the last key, rows changed.
    /// </summary>
    /// <remarks>
    /// The keys go through an array because the planner takes it for short: it looks rows up by their key, however many
    /// they are. When it knows of thousands, it reads the whole table instead, for each batch.
    /// </remarks>
    public override string Batch(StepContext context, KeyRange range, int size) => Batch(range.Contains($"t.{key}"), range.Part, context, size);

    // OFFSET 0: what the condition asks of other tables is asked row by row, from the key on. Without such a question the planner
    // knows better: where few rows are left it reads the table once, not its index.
    private string Candidates(string isNext) => AsksOtherTables
        ? $"(SELECT * FROM {table} AS t WHERE {isNext}true ORDER BY t.{key} OFFSET 0) AS t WHERE"
        : $"{table} AS t WHERE {isNext}";

    private string Batch(string isNext, int part, StepContext context, int size) => $"""
        -- backfill {OneLine}
        WITH picked AS MATERIALIZED (
            SELECT pg_catalog.array_agg(k.key ORDER BY k.key) AS keys
            FROM (
                SELECT t.{key} AS key FROM {Candidates(isNext).TrimEnd()} ({where})
                ORDER BY t.{key} LIMIT {size}
            ) AS k
        ), batch AS MATERIALIZED (
            SELECT unnest(p.keys) AS key FROM picked AS p
        ), applied AS (
            {apply.Trim()}
            RETURNING 1
        ), done AS (
            SELECT coalesce(pg_catalog.cardinality(p.keys), 0)::bigint AS picked, p.keys[pg_catalog.cardinality(p.keys)]::text AS last,
                   (SELECT pg_catalog.count(*) FROM applied) AS changed
            FROM picked AS p
        ), checkpoint AS (
            INSERT INTO {context.PrivateSchema}.backfill_checkpoint AS c (version, table_name, part, last_key, picked, changed)
            SELECT {context.Version}, {Literal.Of(table.ToString())}, {part}, d.last, d.picked, d.changed FROM done AS d WHERE d.picked > 0
            ON CONFLICT (version, table_name, part) DO UPDATE
            SET last_key = excluded.last_key, picked = c.picked + excluded.picked, changed = c.changed + excluded.changed, updated_at = pg_catalog.now()
        )
        SELECT d.picked, d.last, d.changed FROM done AS d
        """;

    // The argument of format() takes the place.
    private static string Format(string sql) => Literal.InPattern(sql).Replace(After, "%1$L", StringComparison.Ordinal);

    /// <summary>All batches, one after the other, each committed, in one command.</summary>
    private string Loop(StepContext context, string isNext) => Dollars.Do("backfill", $"""
        DECLARE
            refusal record;
            after text;
            batch record;
            witness text;
            suspect text;
            witnesses text[];
            stays boolean;
            n bigint;
        BEGIN
            IF NOT ({Needs ?? "true"}) THEN
                RETURN;
            END IF;
            {Key.Require("refusal")}
            {(AsksOtherTables ? $"PERFORM {PlanByKey};" : "")}
            LOOP
                EXECUTE {Dollars.Quote("left", OneLeft)} INTO witness;
                GET DIAGNOSTICS n = ROW_COUNT;
                EXIT WHEN n = 0;
                witness := coalesce(suspect, witness);
                witnesses := witnesses || witness;
                after := NULL;
                LOOP
                    EXECUTE pg_catalog.format({Dollars.Quote("batch", Format(Batch(isNext, KeyRange.Whole.Part, context, Size)))}, after) INTO batch;
                    COMMIT;
                    EXIT WHEN batch.picked = 0;
                    IF batch.last IS NULL OR batch.last = after THEN
                        RAISE EXCEPTION USING MESSAGE = {Literal.Of(NoAdvance)};
                    END IF;
                    after := batch.last;
                    PERFORM pg_catalog.pg_sleep(0.01);
                END LOOP;
                EXECUTE pg_catalog.format({Dollars.Quote("left", Format(IsLeftWhere(After)))}, witness) INTO stays;
                IF witness IS NULL OR stays AND witness = suspect
                    OR pg_catalog.cardinality(pg_catalog.array_positions(witnesses, witness)) > {ReturnsAtMost} THEN
                    RAISE EXCEPTION USING MESSAGE = {Literal.Of(Stuck)}, DETAIL = {Literal.Of($"Look at them: {Left}")};
                END IF;
                suspect := CASE WHEN stays THEN witness END;
            END LOOP;
            {(AsksOtherTables ? $"{PlanAsBefore};" : "")}
            DELETE FROM {context.PrivateSchema}.backfill_checkpoint WHERE version = {context.Version} AND table_name = {Literal.Of(table.ToString())};
        END
        """);

    public override IEnumerable<SqlStatement> Statements(StepContext context) =>
    [
        new(Batch(context, KeyRange.Whole, Size))
        {
            Loop = Loop(context, $"({After} IS NULL OR t.{key} > {After}) AND "),
            Said = Said ?? $"{table} {key} {where} {apply}",
            Needs = Needs,
            OnlyIf = Remaining,
            Condition = "rows are left; again from the last key on, until none is",
            Locks = [new(table, LockMode.RowExclusive)],
            Rows = [new(table, RowAccess.Scan), .. RowWork.Of(apply) is { } work ? new[] { work with { Silent = Silent } } : []],
            Why = "Batch by batch, each a short transaction of its own: no row is locked for longer than its batch, and it can be stopped and go on anywhere.",
        },
    ];

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) =>
        [PlainForm.Sql($"WITH batch AS (SELECT t.{key} AS key FROM {table} AS t WHERE {where}) {apply.Trim()}")];

    public override string ToString() => $"backfill {table}";
}
