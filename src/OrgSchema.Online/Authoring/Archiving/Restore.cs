namespace OrgSchema.Online;

/// <summary>Brings back what the other direction has archived of a table: definitions that others had added, rows, and what went with them.</summary>
internal sealed class Restore(QualifiedName table) : OnlineExpression
{
    private string Root => Literal.Of(table.ToString());

    internal override IEnumerable<Step> Steps(StepContext context) => Step.InOrder(context, Verbs(context));

    private IReadOnlyList<OnlineExpression> Verbs(StepContext context)
    {
        var rows = new RestoredBatch(table, "row", context);
        return context.IsTransactional
            ? [Send(context, Definitions(context)), Send(context, Call(context, "restore_all"))]
            :
            [
                Send(context, Definitions(context)),
                Send(context, Call(context, "restore_begin")),
                rows,
                Send(context, Call(context, "untangle")),
                new RestoredBatch(table, "values", context),
                Send(context, Call(context, "restore_end")),
            ];
    }

    public override string ToString() => $"restore {table}";

    private string Call(StepContext context, string function) => $"SELECT {context.PrivateSchema}.{function}({Root}, {context.Version}, '{context.Way}')";

    // What the migration has made is remembered before anything of others is made again.
    private string Definitions(StepContext context) => context.Makes.Contains(table)
        ? $"SELECT {context.PrivateSchema}.remember_made({Root}), {context.PrivateSchema}.restore_definitions({Root}, {context.Version}, '{context.Way}')"
        : Call(context, "restore_definitions");

    private SqlExpression Send(StepContext context, string sql) => new([new(sql)
    {
        Said = sql.Contains("restore_definitions", StringComparison.Ordinal) ? $"restore {table}" : "",
        Locks = sql.Contains("restore_definitions", StringComparison.Ordinal) ? [] : [new(table, LockMode.RowExclusive)],
    }]);
}
