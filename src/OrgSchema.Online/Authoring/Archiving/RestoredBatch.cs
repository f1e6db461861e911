namespace OrgSchema.Online;

/// <summary>Archived rows that come back in batches, or links that rows have lost.</summary>
/// <param name="root">The table whose removal it was.</param>
/// <param name="kind"><c>row</c> or <c>values</c>.</param>
/// <param name="context">What it depends on.</param>
internal sealed class RestoredBatch(QualifiedName root, string kind, StepContext context) : BatchedExpression
{
    private const int Size = 1_000;

    private string Arguments => $"{Literal.Of(root.ToString())}, '{kind}', {context.Version}, '{context.Way}'";

    public override QualifiedName Table => root;

    public override string Name => $"restore {root}";

    public override string OneLeft => $"""
        -- an archived row that can come back
        SELECT r FROM {context.PrivateSchema}.restorable({Arguments}) AS r WHERE r IS NOT NULL
        """;

    public override string IsLeft(string row) => $"SELECT {context.PrivateSchema}.restorable({Arguments}, {Literal.Of(row)}) IS NOT NULL";

    public override string Left => OneLeft;

    public override string? Estimate => null;

    public override string Batch(StepContext context, KeyRange range, int size) => Batch(Begin(range), range.Part, size);

    public override IEnumerable<SqlStatement> Statements(StepContext context) =>
    [
        new(Batch("NULL", KeyRange.Whole.Part, Size))
        {
            Loop = Loop(context),
            Said = "",
            OnlyIf = $"SELECT {context.PrivateSchema}.restorable({Arguments}) IS NOT NULL",
            Condition = "archived rows can come back; again until none can",
            Locks = [new(root, LockMode.RowExclusive)],
            Rows = [new(root, kind == "row" ? RowAccess.Insert : RowAccess.Update, Silent: true)],
        },
    ];

    public override string ToString() => $"restore {root}";

    private string Batch(string after, int part, int size) => Checkpointed(
        context, part, $"SELECT b.picked, b.last, b.changed FROM {context.PrivateSchema}.restore_batch({Arguments}, {after}, {size}) AS b");

    private string Loop(StepContext context) => Dollars.Do("restore", $"""
        DECLARE
            batch record;
            after text;
        BEGIN
            WHILE {context.PrivateSchema}.restorable({Arguments}) IS NOT NULL LOOP
                after := NULL;
                LOOP
                    SELECT * INTO batch FROM {context.PrivateSchema}.restore_batch({Arguments}, after, {Size});
                    EXIT WHEN batch.picked = 0;
                    after := batch.last;
                    COMMIT;
                END LOOP;
            END LOOP;
        END
        """);
}
