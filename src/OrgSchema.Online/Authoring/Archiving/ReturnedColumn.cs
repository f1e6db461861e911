namespace OrgSchema.Online;

/// <summary>Archived values of a column that rows get back, in batches.</summary>
internal sealed class ReturnedColumn(
    QualifiedName archive, QualifiedName table, Identifier column, Identifier key, string unchosen, ReferencedColumn? references)
    : BatchedExpression
{
    private const int Size = 1_000;

    private string Arguments => string.Join(", ", [
        Literal.Of(archive.ToString()), Literal.Of(table.ToString()), Literal.Of(column.Name), Literal.Of(key.Name), Literal.Of(unchosen),
        references is null ? "NULL" : Literal.Of(references.From)]);

    public override QualifiedName Table => table;

    public override string Name => $"return {table}.{column}";

    public override string OneLeft => $"""
        -- a value that is not back
        SELECT r FROM {archive.Schema}.returnable({Arguments}) AS r WHERE r IS NOT NULL
        """;

    public override string IsLeft(string row) => $"SELECT {archive.Schema}.returnable({Arguments}, {Literal.Of(row)}) IS NOT NULL";

    public override string Left => $"SELECT a.* FROM {archive} AS a";

    public override string Estimate => $"EXPLAIN (FORMAT JSON) SELECT FROM {archive}";

    public override string Batch(StepContext context, KeyRange range, int size) => Batch(context, Begin(range), range.Part, size);

    public override IEnumerable<SqlStatement> Statements(StepContext context) =>
    [
        new(Batch(context, "NULL", KeyRange.Whole.Part, Size))
        {
            Loop = Dollars.Do("return", $"""
                DECLARE
                    batch record;
                    after text;
                BEGIN
                    IF ({Needs}) THEN
                        LOOP
                            SELECT * INTO batch FROM {archive.Schema}.return_batch({Arguments}, after, {Size});
                            EXIT WHEN batch.picked = 0;
                            after := batch.last;
                            COMMIT;
                        END LOOP;
                        DELETE FROM {context.PrivateSchema}.backfill_checkpoint WHERE version = {context.Version} AND table_name = {Literal.Of(Name)};
                    END IF;
                END
                """),
            Said = $"restore {table}.{column} by {key}, {unchosen}, {references}",
            Needs = Needs,
            OnlyIf = $"SELECT {archive.Schema}.returnable({Arguments}) IS NOT NULL",
            Condition = "values are left; again from the last key on, until none is",
            Locks = [new(table, LockMode.RowExclusive)],
            Rows = [new(archive, RowAccess.Scan), new(table, RowAccess.Update, Silent: true)],
        },
    ];

    public override string ToString() => $"return column {column} of {table}";

    private string Batch(StepContext context, string after, int part, int size) => Checkpointed(
        context, part, $"SELECT b.picked, b.last, b.changed FROM {archive.Schema}.return_batch({Arguments}, {after}, {size}) AS b");
}
