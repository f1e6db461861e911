namespace OrgSchema.Online;

/// <summary>Archives a column while its table is in use, then drops it. After the drop there is nothing left to do, whatever was interrupted.</summary>
/// <remarks>A column that was there before its migration stays. If it held no value then, those that it has now are archived and taken from it.</remarks>
internal sealed class ArchiveAndDropColumn(QualifiedName table, Identifier column, Identifier key, string unchosen) : OnlineExpression
{
    internal override IEnumerable<Step> Steps(StepContext context) => Step.InOrder(context, Verbs(context));

    private IReadOnlyList<OnlineExpression> Verbs(StepContext context)
    {
        var archive = new ColumnArchive(table, column, key, unchosen, context);
        var removal = Removals.Single();
        var follow = archive.TakeOver().Concat(archive.Follow()).Select(WhileItIsThere);
        if (!context.Found.Contains(removal))
            return [.. follow, archive.Copy(), .. archive.Drop().Select(WhileItIsThere)];
        return context.Found.WasEmpty(removal)
            ? [.. follow, archive.Copy(), .. archive.Clear()]
            : [new SqlExpression([SqlStatement.Report($"SELECT {Literal.Of($"{table}.{column} was there before its migration: it stays, with its values.")}")])];
    }

    internal override IEnumerable<Removal> Removals => [new(RemovalKind.Column, table, column)];

    internal override bool NeedsNoTransaction => true;

    private SqlExpression WhileItIsThere(SqlStatement statement) => new([statement with
    {
        Needs = Catalog.ColumnExists(table, column),
        Condition = statement.Condition is null ? "the column exists" : $"the column exists and {statement.Condition}",
    }]);

    public override string ToString() => $"archive and drop column {column} of {table}";
}
