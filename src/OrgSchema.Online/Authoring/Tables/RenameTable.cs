namespace OrgSchema.Online;

/// <summary>A change of the names under which applications find a table, in one short transaction.</summary>
/// <param name="what">What the author has said.</param>
/// <param name="names">The names.</param>
/// <param name="isDue">A query: whether it is still to be done.</param>
/// <param name="isDone">A query: whether it is done.</param>
/// <param name="block">PL/pgSQL statements that do it.</param>
/// <param name="why">Why in this form.</param>
internal sealed class RenameTable(string what, OldNameView names, string isDue, string isDone, string block, string why) : OnlineExpression
{
    /// <summary>Gives a table a new name, and a view the old one.</summary>
    public static RenameTable To(OldNameView names) => new(
        $"rename {names.From} to {names.To}",
        names,
        names.IsOld,
        names.IsBoth,
        $"{names.Rename} {names.Create}",
        "Table and view in one transaction: no client ever finds nothing under the old name. The view runs with the rights of the client.");

    /// <summary>Gives the table its old name again.</summary>
    public static RenameTable Undo(OldNameView names) => new(
        $"undo the rename of {names.From} to {names.To}",
        names,
        names.IsBoth,
        names.IsOld,
        $"{names.Drop} ALTER TABLE {names.To} RENAME TO {Identifier.OfCatalog(names.From.Name)};",
        "All rows are in the table, whichever name they were written under.");

    /// <summary>Drops the view.</summary>
    public static RenameTable Finish(OldNameView names) => new(
        $"finish the rename of {names.From} to {names.To}", names, names.IsBoth, names.IsNew, names.Drop, "A view holds no rows: nothing is lost.");

    /// <summary>Makes the view again.</summary>
    public static RenameTable UndoFinish(OldNameView names) => new(
        $"undo the end of the rename of {names.From} to {names.To}", names, names.IsNew, names.IsBoth, names.Create, "The old name is free: a view takes it.");

    public override IEnumerable<SqlStatement> Statements(StepContext context) =>
    [
        SqlStatement.Check(
            $"SELECT ({isDue}) OR ({isDone})",
            $"{names.From} is not the table, or the view of {names.To} with its old name, or {names.To} is the name of something else.") with
        {
            Said = what,
        },
        new(Dollars.Do("rename", $"""
            BEGIN
                {block}
            END
            """))
        {
            Said = "",
            OnlyIf = isDue,
            Condition = "the names are not so yet",
            Locks = names.Locks,
            Why = why,
        },
    ];

    internal override bool Renames => true;

    public override string ToString() => what;
}
