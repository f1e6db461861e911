namespace OrgSchema.Online;

/// <summary>Gives the rows of a table the values that their column had when a Down dropped it; their triggers hear nothing of it.</summary>
internal sealed class RestoreColumn(QualifiedName table, string column, string key, string unchosen, QualifiedName? references) : OnlineExpression
{
    internal override IEnumerable<Step> Steps(StepContext context) => Step.InOrder(context, Verbs(context));

    private IReadOnlyList<OnlineExpression> Verbs(StepContext context)
    {
        var archive = new ColumnArchive(table, column, key, unchosen, context);
        var silence = Catalog.Both(Catalog.TableExists(archive.Name), $"SELECT {archive.Name.Schema}.may_silence()");
        return
        [
            new SqlExpression([archive.TakeOver()]),
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

    public override string ToString() => $"bring column {column} of {table} back from the archive";
}
