using FluentMigrator.Expressions;

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
        RequireNotNull.Validate(table, name));

    internal override bool RestoresDefinitions => true;

    internal override string IsFree => Catalog.ConstraintIsMissing(table, name);

    internal override IEnumerable<SqlStatement> Cleanup(StepContext context) => [DropConstraint.NotValid(table, name)];

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) =>
        isPostgres ? [PlainForm.Sql($"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})")] : base.Plain(isPostgres);

    public override string ToString() => $"add check {name}";
}
