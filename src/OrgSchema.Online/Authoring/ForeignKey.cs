namespace OrgSchema.Online;

/// <summary>What happens to the rows of the table when the referenced row is deleted.</summary>
public enum OnDelete
{
    /// <summary>Refused at the end of the statement.</summary>
    NoAction,

    /// <summary>Refused at once.</summary>
    Restrict,

    /// <summary>They are deleted, too.</summary>
    Cascade,

    /// <summary>Their reference becomes null.</summary>
    SetNull,
}

/// <summary>A foreign key of one column.</summary>
/// <param name="Name">Constraint name.</param>
/// <param name="Table">The table that has the key.</param>
/// <param name="Column">Its column.</param>
/// <param name="References">The referenced table.</param>
/// <param name="ReferencedColumn">Its column.</param>
/// <param name="OnDelete">What a delete of the referenced row does.</param>
public sealed record ForeignKey(string Name, QualifiedName Table, string Column, QualifiedName References, string ReferencedColumn, OnDelete OnDelete);

internal static class OnDeletes
{
    public static string SqlName(this OnDelete action) => action switch
    {
        OnDelete.Restrict => "RESTRICT",
        OnDelete.Cascade => "CASCADE",
        OnDelete.SetNull => "SET NULL",
        _ => "NO ACTION",
    };

    // pg_constraint.confdeltype
    public static char CatalogCode(this OnDelete action) => action switch
    {
        OnDelete.Restrict => 'r',
        OnDelete.Cascade => 'c',
        OnDelete.SetNull => 'n',
        _ => 'a',
    };
}

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
