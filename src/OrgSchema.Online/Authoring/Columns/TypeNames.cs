namespace OrgSchema.Online;

/// <summary>The names of a column that changes its type: that of the new column until it takes its place, and that of the old one from then on.</summary>
internal sealed record TypeNames(QualifiedName Table, Identifier Column)
{
    /// <summary>The new column, and the trigger.</summary>
    public Identifier New { get; } = Identifier.Derived($"~{Column.Name}~new");

    /// <summary>The old column.</summary>
    public Identifier Old { get; } = Identifier.Derived($"~{Column.Name}~old");

    /// <summary>Whether the trigger exists.</summary>
    public string IsFollowed => Catalog.TriggerExists(Table, New);

    /// <summary>The new column as the second one.</summary>
    public TwinColumn Incoming(Conversion conversion, Identifier key, StepContext context) =>
        new(Table, New, New, key, context) { Conversion = conversion, Along = CopyChecks(context) };

    /// <summary>The old column as the second one, once the new one has its name.</summary>
    public TwinColumn Outgoing(Conversion conversion, Identifier key, StepContext context) =>
        new(Table, New, Old, key, context) { Conversion = conversion with { There = conversion.Back, Back = conversion.There } };

    /// <summary>The old column as the second one, when it is made again.</summary>
    /// <param name="conversion">To the old type.</param>
    /// <param name="key">The column by which it is filled.</param>
    /// <param name="context">What it depends on.</param>
    public TwinColumn Returning(Conversion conversion, Identifier key, StepContext context) => new(Table, New, Old, key, context) { Conversion = conversion };

    /// <summary>What is refused for either column.</summary>
    public SqlStatement Refuse(StepContext context, string what, string isFollowed, params IEnumerable<string> more) =>
        new UnfollowableColumn(Table, Column, New, context).Refuse(
            what,
            isFollowed,
            more.Append($"SELECT {Literal.Of($"{Table}.{Old} exists, and nothing keeps it in step: drop it")} WHERE ({Catalog.ColumnExists(Table, Old)})"));

    /// <summary>Whether an archived value <c>a</c> of the old column belongs to the value that its row <c>d</c> has now.</summary>
    /// <param name="conversion">To the old type.</param>
    public string StillFits(Conversion conversion) =>
        $"(SELECT {conversion.Back ?? Column.ToString()} FROM (VALUES (a.value::{conversion.Type})) AS v ({Column}))::text = d.{Column}::text";

    /// <summary>PL/pgSQL statements that drop the trigger.</summary>
    public string Forget(StepContext context) => new TwinColumn(Table, New, New, Column, context).Forget;

    /// <summary>Removes a new column that has not taken its place.</summary>
    public SqlStatement Abandon(StepContext context) => new(Dollars.Do("abandon", $"""
        BEGIN
            {string.Join("\n", Constraints(context).Where(constraint => constraint.Table != Table).Select(constraint => constraint.Drop(New)))}
            {Forget(context)}
            ALTER TABLE {Table} DROP COLUMN {New};
        END
        """))
    {
        Said = "",
        OnlyIf = Catalog.ColumnExists(Table, New),
        Condition = "the new column is not in its place",
        Locks =
        [
            .. Constraints(context).Select(constraint => constraint.Table).Prepend(Table).Distinct()
                .Select(name => new TableLock(name, LockMode.AccessExclusive)),
        ],
        Why = "No application has seen the new column, and the old one has everything.",
    };

    // Here it shows whether a check can be of the new type, before anything is changed for good.
    private string CopyChecks(StepContext context) =>
        string.Join("\n", Constraints(context).Where(constraint => constraint.Check is not null).Select(constraint => constraint.Add(New) + ";"));

    private IEnumerable<ColumnConstraint> Constraints(StepContext context) =>
        context.Constraints.Where(constraint => constraint.Of == Table && constraint.Column == Column);
}
