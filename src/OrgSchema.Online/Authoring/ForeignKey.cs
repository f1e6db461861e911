namespace OrgSchema.Online;

/// <summary>A foreign key on a table in use: NOT VALID, which scans nothing, then VALIDATE, which blocks nobody.</summary>
/// <remarks>https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES</remarks>
internal sealed class AddForeignKey(ForeignKey key) : OnlineExpression
{
    public override IEnumerable<Statement> Statements(StepContext context) => MadeObject.Constraint(key.Table, key.Name).Make(
        context,
        new($"""
            ALTER TABLE {key.Table} ADD CONSTRAINT {key.Name}
            FOREIGN KEY ({key.Column}) REFERENCES {key.References} ({key.ReferencedColumn}) ON DELETE {key.OnDelete.SqlName()} NOT VALID
            """)
        {
            OnlyIf = Catalog.ConstraintIsMissing(key.Table, key.Name),
            Condition = "it is not there",
            Why = "NOT VALID leaves existing rows to VALIDATE. Checked here, all of them would be read while writers of both tables wait.",
            Locks = [new(key.Table, LockMode.ShareRowExclusive), new(key.References, LockMode.ShareRowExclusive)],
        },
        // One command: between two, rows without a parent could come.
        new($"""
            ALTER TABLE {key.Table} DROP CONSTRAINT {key.Name}, ADD CONSTRAINT {key.Name}
            FOREIGN KEY ({key.Column}) REFERENCES {key.References} ({key.ReferencedColumn}) ON DELETE {key.OnDelete.SqlName()} NOT VALID
            """)
        {
            OnlyIf = Catalog.ForeignKeyActsOtherwise(key),
            Condition = "it exists with another ON DELETE",
            Locks = [new(key.Table, LockMode.AccessExclusive), new(key.References, LockMode.AccessExclusive)],
        },
        Statement.Check(Catalog.ForeignKeyIs(key, validated: false), $"The constraint {key.Name} of {key.Table} exists with another definition than ({key.Column}) REFERENCES {key.References} ({key.ReferencedColumn}) ON DELETE {key.OnDelete.SqlName()}."),
        new($"ALTER TABLE {key.Table} VALIDATE CONSTRAINT {key.Name}")
        {
            OnlyIf = Catalog.ConstraintIsNotValid(key.Table, key.Name),
            Condition = "it is not validated",
            Rows = [new(key.Table, RowAccess.Scan)],
            Locks = [new(key.Table, LockMode.ShareUpdateExclusive), new(key.References, LockMode.RowShare)],
            Waits = WaitsFor.Patiently,
        },
        Statement.Check(Catalog.ForeignKeyIs(key, validated: true), $"The constraint {key.Name} of {key.Table} is not validated."));

    internal override bool RestoresDefinitions => true;

    public override string ToString() => $"add foreign key {key.Name}";
}

/// <summary>Drops a constraint that may be gone already; one that was there before its migration stays.</summary>
internal sealed class DropConstraint(QualifiedName table, string name) : OnlineExpression
{
    public override IEnumerable<Statement> Statements(StepContext context) => context.Found.Contains(Removals.Single()) ? [] :
    [
        MadeObject.Constraint(table, name).Archive(context),
        new($"ALTER TABLE {table} DROP CONSTRAINT {QualifiedName.Identifier(name)}")
        {
            OnlyIf = Catalog.ConstraintExists(table, name),
            Condition = "it exists",
            Locks = [new(table, LockMode.AccessExclusive, AndReferenced: true) { Through = name }],
        },
    ];

    internal override IEnumerable<Removal> Removals => [new(RemovalKind.Constraint, table, name)];

    public override string ToString() => $"drop constraint {name}";
}
