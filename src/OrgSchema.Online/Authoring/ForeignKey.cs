namespace OrgSchema.Online;

/// <summary>A foreign key on a table in use: NOT VALID, which scans nothing, then VALIDATE, which blocks nobody.</summary>
/// <remarks>https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES</remarks>
internal sealed class AddForeignKey(ForeignKey key) : OnlineExpression
{
    private readonly Identifier _name = Identifier.OfCatalog(key.Name);
    private readonly Identifier _column = Identifier.OfCatalog(key.Column);
    private readonly Identifier _referencedColumn = Identifier.OfCatalog(key.ReferencedColumn);

    public override IEnumerable<SqlStatement> Statements(StepContext context) => MadeObject.Constraint(key.Table, _name).Make(
        context,
        new($"""
            ALTER TABLE {key.Table} ADD CONSTRAINT {_name}
            FOREIGN KEY ({_column}) REFERENCES {key.References} ({_referencedColumn}) ON DELETE {key.OnDelete.SqlName()} NOT VALID
            """)
        {
            OnlyIf = Catalog.ConstraintIsMissing(key.Table, _name),
            Condition = "it is not there",
            Why = "NOT VALID leaves existing rows to VALIDATE. Checked here, all of them would be read while writers of both tables wait.",
            Locks = [new(key.Table, LockMode.ShareRowExclusive), new(key.References, LockMode.ShareRowExclusive)],
        },
        // One command: between two, rows without a parent could come.
        new($"""
            ALTER TABLE {key.Table} DROP CONSTRAINT {_name}, ADD CONSTRAINT {_name}
            FOREIGN KEY ({_column}) REFERENCES {key.References} ({_referencedColumn}) ON DELETE {key.OnDelete.SqlName()} NOT VALID
            """)
        {
            OnlyIf = Catalog.ForeignKeyActsOtherwise(key),
            Condition = "it exists with another ON DELETE",
            Locks = [new(key.Table, LockMode.AccessExclusive), new(key.References, LockMode.AccessExclusive)],
        },
        SqlStatement.Check(
            Catalog.ForeignKeyIs(key, validated: false),
            $"The constraint {_name} of {key.Table} exists with another definition than "
                + $"({_column}) REFERENCES {key.References} ({_referencedColumn}) ON DELETE {key.OnDelete.SqlName()}."),
        new($"ALTER TABLE {key.Table} VALIDATE CONSTRAINT {_name}")
        {
            OnlyIf = Catalog.ConstraintIsNotValid(key.Table, _name),
            Condition = "it is not validated",
            Rows = [new(key.Table, RowAccess.Scan)],
            Locks = [new(key.Table, LockMode.ShareUpdateExclusive), new(key.References, LockMode.RowShare)],
            Waits = WaitsFor.Patiently,
        },
        SqlStatement.Check(Catalog.ForeignKeyIs(key, validated: true), $"The constraint {_name} of {key.Table} is not validated."));

    internal override bool RestoresDefinitions => true;

    public override string ToString() => $"add foreign key {_name}";
}

/// <summary>Drops a constraint that may be gone already; one that was there before its migration stays.</summary>
internal sealed class DropConstraint(QualifiedName table, Identifier name) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => context.Found.Contains(Removals.Single()) ? [] :
    [
        MadeObject.Constraint(table, name).Archive(context),
        new($"ALTER TABLE {table} DROP CONSTRAINT {name}")
        {
            OnlyIf = Catalog.ConstraintExists(table, name),
            Condition = "it exists",
            Locks = [new(table, LockMode.AccessExclusive, AndReferenced: true) { Through = name.Name }],
        },
    ];

    internal override IEnumerable<Removal> Removals => [new(RemovalKind.Constraint, table, name)];

    public override string ToString() => $"drop constraint {name}";
}
