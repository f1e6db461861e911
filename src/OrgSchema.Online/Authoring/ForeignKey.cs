using FluentMigrator.Expressions;

namespace OrgSchema.Online;

/// <summary>A foreign key on a table in use: NOT VALID, which scans nothing, then VALIDATE, which blocks nobody.</summary>
/// <remarks>https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES</remarks>
internal sealed class AddForeignKey(ForeignKey key) : OnlineExpression
{
    // Partitioned tables can have one that is NOT VALID since then.
    private const int NotValidOnPartitioned = 18;

    public override IEnumerable<SqlStatement> Statements(StepContext context)
    {
        var isValid = context.IsPartitioned(key.Table) && context.ServerMajor < NotValidOnPartitioned;
        var definition = $"{key.Sql}{(isValid ? "" : " NOT VALID")}";
        return MadeObject.Constraint(key.Table, key.Name).Make(
            context,
            Add(definition, isValid),
            // One command: between two, rows without a parent could come.
            AsItWas(
                $"confdeltype <> '{Actions.CatalogCode((int)key.OnDelete)}'",
                new($"""
                    ALTER TABLE {key.Table} DROP CONSTRAINT {key.Name}, ADD CONSTRAINT {key.Name}
                    {definition}
                    """)
                {
                    OnlyIf = Catalog.ForeignKeyActsOtherwise(key),
                    Condition = "it exists with other actions",
                    Locks = [new(key.Table, LockMode.AccessExclusive), new(key.References, LockMode.AccessExclusive)],
                }),
            AsItWas(
                DeletesAsWanted,
                SqlStatement.Check(
                    Catalog.ForeignKeyIs(key, validated: false),
                    $"The constraint {key.Name} of {key.Table} exists with another definition than {key}.")),
            new($"ALTER TABLE {key.Table} VALIDATE CONSTRAINT {key.Name}")
            {
                OnlyIf = Catalog.ConstraintIsNotValid(key.Table, key.Name),
                Condition = "it is not validated",
                Rows = [new(key.Table, RowAccess.Scan)],
                Locks = [new(key.Table, LockMode.ShareUpdateExclusive), new(key.References, LockMode.RowShare)],
                Waits = WaitsFor.Patiently,
            },
            AsItWas(
                $"{DeletesAsWanted} AND convalidated",
                SqlStatement.Check(Catalog.ForeignKeyIs(key, validated: true), $"The constraint {key.Name} of {key.Table} is not validated.")));
    }

    internal override bool RestoresDefinitions => true;

    internal override bool DependsOnPartitions => true;

    internal override string IsFree => Catalog.ConstraintIsMissing(key.Table, key.Name);

    internal override IEnumerable<SqlStatement> Cleanup(StepContext context) => [DropConstraint.NotValid(key.Table, key.Name)];

    private SqlStatement Add(string definition, bool isValid) => new($"""
        ALTER TABLE {key.Table} ADD CONSTRAINT {key.Name}
        {definition}
        """)
    {
        OnlyIf = Catalog.ConstraintIsMissing(key.Table, key.Name),
        Condition = "it is not there",
        Why = isValid
            ? $"{key.Table} is partitioned: up to PostgreSQL 17 it cannot have one that is NOT VALID. Writers of both tables wait for the check."
            : "NOT VALID leaves existing rows to VALIDATE. Checked here, all of them would be read while writers of both tables wait.",
        Rows = isValid ? [new(key.Table, RowAccess.Scan)] : [],
        Locks = [new(key.Table, LockMode.ShareRowExclusive), new(key.References, LockMode.ShareRowExclusive)],
    };

    private string DeletesAsWanted => $"confdeltype = '{Actions.CatalogCode((int)key.OnDelete)}'";

    // Checksums have a question as it was when a key had no more than ON DELETE. What else a key has is in the command that adds it.
    private SqlStatement AsItWas(string condition, SqlStatement statement) => statement with
    {
        Said = $"{Catalog.ForeignKeyBetween(key, condition)} {(statement.Kind == StatementKind.Check ? "" : statement.Sql)}",
    };

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) =>
        [isPostgres ? PlainForm.Sql($"ALTER TABLE {key.Table} ADD CONSTRAINT {key.Name} {key.Sql}") : PlainForm.ForeignKey(key)];

    public override string ToString() => $"add foreign key {key.Name}";
}

/// <summary>Drops a constraint that may be gone already; one that was there before its migration stays.</summary>
internal sealed class DropConstraint(QualifiedName table, Identifier name) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => context.Found.Contains(Removals.Single())
        ? []
        : [.. Drop(context, table, name), AddUniqueKey.DropLeftovers(table, name)];

    internal override IEnumerable<Removal> Removals => [new(RemovalKind.Constraint, table, name)];

    /// <summary>Drops a constraint, and archives what others have added to it.</summary>
    public static IEnumerable<SqlStatement> Drop(StepContext context, QualifiedName table, Identifier name) =>
    [
        MadeObject.Constraint(table, name).Archive(context),
        new($"ALTER TABLE {table} DROP CONSTRAINT {name}")
        {
            OnlyIf = Catalog.ConstraintExists(table, name),
            Condition = "it exists",
            Locks = Locks(table, name),
        },
    ];

    /// <summary>Drops a constraint that rows have refused.</summary>
    public static SqlStatement NotValid(QualifiedName table, Identifier name) => new($"ALTER TABLE {table} DROP CONSTRAINT {name}")
    {
        OnlyIf = Catalog.ConstraintIsNotValid(table, name),
        Condition = "it is not validated",
        Locks = Locks(table, name),
    };

    private static IReadOnlyList<TableLock> Locks(QualifiedName table, Identifier name) =>
        [new(table, LockMode.AccessExclusive, AndReferenced: true) { Through = name.Name }];

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) =>
        [isPostgres ? PlainForm.Sql($"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}") : PlainForm.NoConstraint(table, name)];

    public override string ToString() => $"drop constraint {name}";
}
