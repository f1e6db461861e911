namespace OrgSchema.Online;

/// <summary>Rows that are archived and deleted in batches, or whose link to a deleted row is archived and taken.</summary>
/// <param name="root">The table whose removal it is.</param>
/// <param name="along">The foreign key through which rows of another table go along; null: the rows of the root itself.</param>
/// <param name="where">Which rows, as <c>t</c>.</param>
/// <param name="context">What it depends on.</param>
internal sealed class ArchivedBatch(QualifiedName root, Reference? along, string where, StepContext context) : BatchedExpression
{
    /// <summary>For the plan.</summary>
    public const string Why =
        "A row is archived, with all that its delete takes along through foreign keys, in the transaction that deletes it, and compared: "
        + "nothing is deleted that is not in the archive.";

    private const int Size = 1_000;

    private readonly string _from = along?.FromChild ?? $"ONLY {root}";

    public override QualifiedName Table => along?.Child ?? root;

    public override string Name => $"archive {Table}";

    public override string OneLeft => $"""
        -- a row left to archive
        SELECT t.ctid::text FROM {_from} AS t WHERE {where} LIMIT 1
        """;

    public override string IsLeft(string row) => $"SELECT EXISTS (SELECT FROM {_from} AS t WHERE t.ctid = {Literal.Of(row)} AND ({where}))";

    public override string Left => $"SELECT t.* FROM {_from} AS t WHERE {where}";

    public override string Estimate => $"EXPLAIN (FORMAT JSON) SELECT FROM {_from} AS t WHERE {where}";

    public override string Batch(StepContext context, KeyRange range, int size) => Batch(Begin(range), range.Part, size);

    public override IEnumerable<SqlStatement> Statements(StepContext context) =>
    [
        new(Batch("NULL", KeyRange.Whole.Part, Size))
        {
            Loop = Loop(context),
            Said = $"archive and delete {Table} {where}",
            Needs = Needs ?? Catalog.TableExists(Table),
            OnlyIf = $"SELECT EXISTS (SELECT FROM {_from} AS t WHERE {where})",
            Condition = "rows are left; again from the last one on, until none is",
            Locks = [new(Table, LockMode.RowExclusive)],
            Rows = [new(Table, along is { Action: not ReferenceAction.Cascade } ? RowAccess.Update : RowAccess.Delete)],
            Why = Why,
        },
    ];

    public override string ToString() => $"archive and delete rows of {Table}";

    private string Batch(string after, int part, int size) =>
        Checkpointed(context, part, $"SELECT b.picked, b.last::text AS last, b.picked AS changed FROM {Function(after, size)} AS b");

    private string Function(string after, int size) => along is null or { Action: ReferenceAction.Cascade }
        ? context.Call("archive_rows", [.. Tables, .. Rows(after, size)])
        : context.Call("unlink_rows", [.. Tables, Literal.Of(along.Name), .. Rows(after, size)]);

    private string[] Tables => [Literal.Of(root.ToString()), Literal.Of(Table.ToString())];

    private string[] Rows(string after, int size) => [Literal.Of(where), $"{context.Version}", $"'{context.Way}'", after, $"{size}"];

    // Rows that are done are gone: from the beginning each time.
    private string Loop(StepContext context) => Dollars.Do("archive", $"""
        BEGIN
            WHILE EXISTS (SELECT FROM {_from} AS t WHERE {where}) LOOP
                IF 0 = (SELECT b.picked FROM {Function("NULL", Size)} AS b) THEN
                    RAISE EXCEPTION USING MESSAGE = {Literal.Of($"rows of {Table} are left that cannot be archived")};
                END IF;
                COMMIT;
            END LOOP;
        END
        """);
}
