using FluentMigrator.Expressions;

namespace OrgSchema.Online;

/// <summary>Adds a value to an enum, which changes the catalog alone. One that the enum has already stays where it is.</summary>
/// <remarks>https://www.postgresql.org/docs/current/sql-altertype.html#SQL-ALTERTYPE-NOTES</remarks>
internal sealed class AddEnumValue(QualifiedName type, string value, string? before, string? after) : OnlineExpression
{
    private string Sql => $"ALTER TYPE {type} ADD VALUE IF NOT EXISTS {Literal.Of(value)}{Place}";

    private string Place =>
        before is not null ? $" BEFORE {Literal.Of(before)}"
        : after is not null ? $" AFTER {Literal.Of(after)}"
        : "";

    public override IEnumerable<SqlStatement> Statements(StepContext context) =>
    [
        new(Sql)
        {
            OnlyIf = $"SELECT NOT ({Catalog.EnumHas(type, value)})",
            Condition = "the type has no such value",
            Said = Sql,
        },
    ];

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) => isPostgres ? [PlainForm.Sql(Sql)] : base.Plain(isPostgres);

    private protected override string Irreversible =>
        $"PostgreSQL cannot remove a value of an enum: write a Down() that leaves {Literal.Of(value)} in {type}.";

    public override string ToString() => $"add value {value} to {type}";
}
