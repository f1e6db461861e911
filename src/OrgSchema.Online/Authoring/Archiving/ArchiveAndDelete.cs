namespace OrgSchema.Online;

/// <summary>Deletes rows and archives them, with all that their foreign keys delete or change elsewhere.</summary>
/// <remarks>
/// Outside a transaction batch by batch, rows that refer to others first: a single row may have a million that go with it, and nobody
/// should wait for them. What arrives meanwhile goes with the last rows, which are locked before what refers to them is read.
/// </remarks>
/// <param name="table">The table.</param>
/// <param name="where">Which of its rows, as <c>t</c>; null: all.</param>
/// <param name="locks">Locks beyond those of a DELETE.</param>
internal sealed class ArchiveAndDelete(QualifiedName table, string? where, IReadOnlyList<TableLock> locks) : OnlineExpression
{
    private readonly string _where = where ?? "true";

    internal override IEnumerable<Step> Steps(StepContext context) => Step.InOrder(context, Verbs(context));

    private IReadOnlyList<OnlineExpression> Verbs(StepContext context)
    {
        var removal = Removals.Single();
        if (context.Found.Contains(removal))
            return [new SqlExpression([SqlStatement.Report($"SELECT {Literal.Of($"{table} was there before its migration: its rows stay.")}")])];
        return [.. Deletes(context), new SqlExpression([Report(context)])];
    }

    internal override IEnumerable<Removal> Removals => [new(RemovalKind.Rows, table, Where: _where)];

    private IEnumerable<OnlineExpression> Deletes(StepContext context)
    {
        if (!context.IsTransactional)
        {
            var along = RowsAlong.Of(table, _where, context.References);
            return [.. along.Select(rows => new ArchivedBatch(table, rows.Reference, rows.Where, context)), new ArchivedBatch(table, null, _where, context)];
        }

        return
        [
            new SqlExpression([new(
                $"SELECT {context.Call("archive_all_rows", Literal.Of(table.ToString()), Literal.Of(_where), $"{context.Version}", $"'{context.Way}'")}")
            {
                Needs = Catalog.TableExists(table),
                Said = $"archive and delete {table} {_where}",
                Locks = [new(table, LockMode.RowExclusive), .. locks],
                Rows = [new(table, RowAccess.Delete)],
                Why = ArchivedBatch.Why,
            }]),
        ];
    }

    private SqlStatement Report(StepContext context) =>
        new($"SELECT {context.Call("report_archived", Literal.Of(table.ToString()), $"{context.Version}", $"'{context.Way}'")}") { Said = "" };

    public override string ToString() => $"archive and delete rows of {table}";
}
