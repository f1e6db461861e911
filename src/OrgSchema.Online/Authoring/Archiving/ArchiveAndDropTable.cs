namespace OrgSchema.Online;

/// <summary>Drops a table and archives its rows and what others have added to it, counted and compared under the lock that the drop needs.</summary>
internal sealed class ArchiveAndDropTable(QualifiedName table) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => context.Found.Contains(Removals.Single())
        ? [SqlStatement.Report($"SELECT {Literal.Of($"{table} was there before its migration: it stays.")}")]
        :
        [
            new($"SELECT {context.Call("archive_and_drop_table", Literal.Of(table.ToString()), $"{context.Version}", $"'{context.Way}'", Leaving(context))}")
            {
                Said = $"archive and drop {table}",
                Locks = [new(table, LockMode.AccessExclusive, AndReferenced: true)],
                Rows = [new(table, RowAccess.Scan)],
                Why = "Counted and compared with what is archived, under the lock of the drop: nothing is dropped that is not in the archive.",
            },
        ];

    private static string Leaving(StepContext context) => Literal.Of(context.Leaving.Select(leaving => leaving.ToString()));

    internal override IEnumerable<Removal> Removals => [new(RemovalKind.Table, table)];

    public override string ToString() => $"archive and drop {table}";
}
