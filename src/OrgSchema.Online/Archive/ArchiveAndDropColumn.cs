namespace OrgSchema.Online;

/// <summary>Archives a column while its table is in use, then drops it. After the drop there is nothing left to do, whatever was interrupted.</summary>
internal sealed class ArchiveAndDropColumn(QualifiedName table, string column, string key, string unchosen) : CompositeExpression
{
    public override IEnumerable<OnlineExpression> Parts(StepContext context)
    {
        var archive = new ColumnArchive(table, column, key, unchosen, context);
        return [.. archive.Follow().Select(WhileItIsThere), archive.Copy(), .. archive.Drop().Select(WhileItIsThere)];
    }

    internal override IEnumerable<Removal> Removals => [new(table, column)];

    private SqlExpression WhileItIsThere(Statement statement) => new([statement with
    {
        Needs = Catalog.ColumnExists(table, column),
        Condition = statement.Condition is null ? "the column is there" : $"the column is there and {statement.Condition}",
    }]);

    public override string ToString() => $"archive and drop column {column} of {table}";
}
