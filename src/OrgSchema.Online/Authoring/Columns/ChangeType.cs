namespace OrgSchema.Online;

/// <summary>A column that gets another type while its table is in use: a second column is filled, kept in step, and then takes its place.</summary>
/// <remarks>ALTER COLUMN TYPE would write the table and its indexes anew while everybody waits.</remarks>
internal sealed class ChangeType(QualifiedName table, Identifier column, Conversion conversion, Identifier key) : OnlineExpression
{
    internal override IEnumerable<Step> Steps(StepContext context) => Step.InOrder(context, Verbs(context));

    private IReadOnlyList<OnlineExpression> Verbs(StepContext context)
    {
        var names = new TypeNames(table, column);
        var twin = names.Incoming(conversion, key, context);
        var swap = new ColumnSwap(table, column, names.New, names.Old, conversion.There, context);
        return
        [
            new SqlExpression([
                SqlStatement.Check(
                    $"SELECT pg_catalog.to_regtype({Literal.Of(conversion.Type)}) IS NOT NULL", $"'{conversion.Type}' is not the name of a type.") with
                {
                    Said = $"type of {table}.{column} to {conversion.Type} by {key}, {conversion.There}, {conversion.Back}",
                },
                names.Refuse(
                    context, $"The change of the type of {table}.{column}", twin.IsFollowed, new UncarriedParts(table, column).Reasons(conversion.Type)),
            ]),
            new SqlExpression([twin.Make(column)]),
            .. twin.Fill(column),
            .. swap.Copy(twin.IsFilling),
            new SqlExpression([Switch(names, swap, context)]),
        ];
    }

    internal override (QualifiedName Table, Identifier Column)? Copies => (table, column);

    internal override bool NeedsNoTransaction => true;

    internal override IEnumerable<SqlStatement> Cleanup(StepContext context) => [new TypeNames(table, column).Abandon(context)];

    public override string ToString() => $"change the type of column {column} of {table} to {conversion.Type}";

    private SqlStatement Switch(TypeNames names, ColumnSwap swap, StepContext context) => new(Dollars.Do("swap", $"""
        BEGIN
            {swap.Block}
            {names.Outgoing(conversion, key, context).Follow(column, names.Old, isFilling: false)}
        END
        """))
    {
        Said = "",
        OnlyIf = Catalog.ColumnExists(table, names.New),
        Condition = "the new column is not in its place",
        Locks = swap.Locks,
        Why = "Names, constraints and defaults change hands in one transaction that reads no row: everything has been built and validated before.",
    };
}

/// <summary>Gives a column its old type again, with everything that was written meanwhile, and drops the new one.</summary>
internal sealed class UndoChangeType(QualifiedName table, Identifier column, string? back) : OnlineExpression
{
    internal override IEnumerable<Step> Steps(StepContext context) => Step.InOrder(context, Verbs(context));

    private IReadOnlyList<OnlineExpression> Verbs(StepContext context)
    {
        var names = new TypeNames(table, column);
        var isSwapped = Catalog.Both(names.IsFollowed, Catalog.ColumnExists(table, names.Old));
        var swap = new ColumnSwap(table, column, names.Old, names.New, back, context);
        return
        [
            new SqlExpression([names.Abandon(context) with { Said = $"undo the type of {table}.{column}, {back}" }]),
            .. swap.Copy(isSwapped),
            new SqlExpression([
                new(Dollars.Do("swap", $"""
                    BEGIN
                        {swap.Block}
                        {names.Forget(context)}
                        ALTER TABLE {table} DROP COLUMN {names.New};
                    END
                    """))
                {
                    Said = "",
                    OnlyIf = isSwapped,
                    Condition = "the column has its new type",
                    Locks = swap.Locks,
                    Why = "The old column has followed every write: it takes its place again in one transaction that reads no row.",
                },
                SqlStatement.Check(
                    $"SELECT NOT ({Catalog.ColumnExists(table, names.Old)}) AND NOT ({Catalog.ColumnExists(table, names.New)})",
                    $"{table} has a column {names.Old} or {names.New}, and nothing keeps it in step.") with { Said = "" },
            ]),
        ];
    }

    internal override (QualifiedName Table, Identifier Column)? Copies => (table, column);

    internal override bool NeedsNoTransaction => true;

    public override string ToString() => $"undo the type of column {column} of {table}";
}

/// <summary>Ends the time in which a column has two types: the old one is archived and dropped.</summary>
internal sealed class FinishChangeType(QualifiedName table, Identifier column, Identifier key) : OnlineExpression
{
    private readonly TypeNames _names = new(table, column);

    internal override IEnumerable<Step> Steps(StepContext context) => Step.InOrder(context,
    [
        new SqlExpression([
            SqlStatement.Check(
                $"SELECT NOT ({Catalog.ColumnExists(table, _names.New)})",
                $"The change of the type of {table}.{column} has not come to its end.") with { Said = $"finish the type of {table}.{column} by {key}" },
            new(Dollars.Do("finish", $"""
                BEGIN
                    {_names.Forget(context)}
                END
                """))
            {
                Said = "",
                OnlyIf = _names.IsFollowed,
                Condition = "the trigger exists",
                Locks = [new(table, LockMode.AccessExclusive)],
                Why = "From here on only the new type is written. The values of the old one are archived next.",
            },
        ]),
        new ArchiveAndDropColumn(table, _names.Old, key, $"d.{_names.Old} IS NULL"),
    ]);

    internal override IEnumerable<Removal> Removals => [new(RemovalKind.Column, table, _names.Old)];

    internal override bool NeedsNoTransaction => true;

    public override string ToString() => $"finish the type of column {column} of {table}";
}

/// <summary>Gives a column its old type beside the new one once more: archived values where they still fit, converted ones elsewhere.</summary>
internal sealed class UndoFinishChangeType(QualifiedName table, Identifier column, Conversion conversion, Identifier key) : OnlineExpression
{
    internal override IEnumerable<Step> Steps(StepContext context) => Step.InOrder(context, Verbs(context));

    private IReadOnlyList<OnlineExpression> Verbs(StepContext context)
    {
        var names = new TypeNames(table, column);
        var twin = names.Returning(conversion, key, context);
        return
        [
            new SqlExpression([
                names.Refuse(context, $"The old type of {table}.{column}", twin.IsFollowed) with
                {
                    Said = $"undo the end of the type of {table}.{column}: {conversion.Type} by {key}, {conversion.There}, {conversion.Back}",
                },
            ]),
            new SqlExpression([twin.Make(column)]),
            .. twin.Fill(column),
            new SqlExpression([
                new(Dollars.Do("follow", $"""
                    BEGIN
                        {twin.Follow(column, names.Old, isFilling: false)}
                    END
                    """))
                {
                    Said = "",
                    Why = "A write of another column leaves the old value as it is: a conversion to and fro might not.",
                },
            ]),
            new RestoreColumn(table, names.Old, key, names.StillFits(conversion), references: null),
        ];
    }

    internal override bool RestoresDefinitions => true;

    internal override bool NeedsNoTransaction => true;

    public override string ToString() => $"undo the end of the type of column {column} of {table}";
}
