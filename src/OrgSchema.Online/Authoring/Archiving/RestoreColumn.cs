namespace OrgSchema.Online;

/// <summary>Gives the rows of a table the values that their column had when a Down dropped it; their triggers hear nothing of it.</summary>
internal sealed class RestoreColumn(QualifiedName table, Identifier column, Identifier key, string unchosen, ReferencedColumn? references) : OnlineExpression
{
    internal override IEnumerable<Step> Steps(StepContext context) => Step.InOrder(context, Verbs(context));

    private IReadOnlyList<OnlineExpression> Verbs(StepContext context)
    {
        var archive = new ColumnArchive(table, column, key, unchosen, context);
        var silence = Catalog.Both(Catalog.TableExists(archive.Name), $"SELECT {archive.Name.Schema}.may_silence()");
        return
        [
            .. archive.TakeOver().Select(statement => new SqlExpression([statement])),
            new SqlExpression([archive.Forget()]),
            new SqlExpression([
                new("SET session_replication_role = replica")
                {
                    Said = "",
                    OnlyIf = silence,
                    Condition = "there is an archive and this role may silence triggers",
                    Why = "Restored values have not changed: updated_at stays, and no trigger reports them.",
                },
            ]),
            archive.Return(references),
            new SqlExpression([new("SET session_replication_role = origin") { Said = "", OnlyIf = silence, Condition = "it was set" }]),
            new SqlExpression([archive.LetGo()]),
            .. context.Definitions.Where(definition => definition.Table == table).Select(definition => new RestoredDefinition(definition)),
        ];
    }

    internal override bool RestoresDefinitions => true;

    internal override bool NeedsNoTransaction => true;

    public override string ToString() => $"bring column {column} of {table} back from the archive";
}

/// <summary>A column that an archived column refers to.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Column">The column.</param>
internal sealed record ReferencedColumn(QualifiedName Table, Identifier Column)
{
    /// <summary>It in FROM, as a column <c>id</c>.</summary>
    public string From => Column.Name == "id" ? Table.ToString() : $"(SELECT p.{Column} AS id FROM {Table} AS p)";

    /// <summary>What an author says of it.</summary>
    public override string ToString() => Column.Name == "id" ? Table.ToString() : $"{Table}.{Column}";
}
