namespace OrgSchema.Online;

/// <summary>A CHECK on a table in use: NOT VALID, which scans nothing, then VALIDATE, which blocks nobody.</summary>
/// <remarks>https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES</remarks>
internal sealed class AddCheck(Identifier name, QualifiedName table, string condition) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => MadeObject.Constraint(table, name).Make(
        context,
        new($"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
        {
            OnlyIf = Catalog.ConstraintIsMissing(table, name),
            Condition = "it is not there",
            Why = "NOT VALID leaves existing rows to VALIDATE. Checked here, all of them would be read while everybody waits.",
            Locks = [new(table, LockMode.AccessExclusive)],
        },
        new($"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
        {
            OnlyIf = Catalog.ConstraintIsNotValid(table, name),
            Condition = "it is not validated",
            Rows = [new(table, RowAccess.Scan)],
            Locks = [new(table, LockMode.ShareUpdateExclusive)],
            Waits = WaitsFor.Patiently,
        });

    internal override bool RestoresDefinitions => true;

    public override string ToString() => $"add check {name}";
}
