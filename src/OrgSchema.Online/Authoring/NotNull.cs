namespace OrgSchema.Online;

/// <summary>NOT NULL on a column of a table in use, without a scan under an exclusive lock.</summary>
/// <remarks>
/// Up to PostgreSQL 17 a valid CHECK proves to SET NOT NULL that there is nothing to scan (since 12); it is dropped in a
/// command of its own, because in the same one the proof would be gone before it is needed. PostgreSQL 18 has NOT NULL
/// constraints that are added NOT VALID. https://www.postgresql.org/docs/current/sql-altertable.html
/// </remarks>
internal sealed class RequireNotNull(QualifiedName table, Identifier column) : OnlineExpression
{
    private readonly Identifier _check = Check(table, column);
    private readonly Identifier _notNull = Constraint(table, column);

    /// <summary>The check that proves it, up to PostgreSQL 17.</summary>
    public static Identifier Check(QualifiedName table, Identifier column) => Identifier.Derived($"{table.Name}_{column.Name}_not_null_check");

    /// <summary>The constraint since PostgreSQL 18, with the server's own default name, unless that is too long.</summary>
    public static Identifier Constraint(QualifiedName table, Identifier column) => Identifier.Derived($"{table.Name}_{column.Name}_not_null");

    public override IEnumerable<SqlStatement> Statements(StepContext context) =>
    [
        .. context.ServerMajor >= 18 ? ByNotNullConstraint() : ByCheck(),
        SqlStatement.Check($"SELECT NOT ({Catalog.ColumnIsNullable(table, column)})", $"The column {column} of {table} is still nullable."),
    ];

    private IEnumerable<SqlStatement> ByCheck() =>
    [
        Briefly($"ALTER TABLE {table} ADD CONSTRAINT {_check} CHECK ({column} IS NOT NULL) NOT VALID") with
        {
            OnlyIf = Catalog.Both(Catalog.ColumnIsNullable(table, column), Catalog.ConstraintIsMissing(table, _check)),
            Condition = "the column is nullable and the check is not there",
            Why = "Up to PostgreSQL 17 a valid CHECK proves to SET NOT NULL that it need not read all rows while everybody waits.",
        },
        Validate(_check),
        Briefly($"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL") with
        {
            OnlyIf = Catalog.ColumnIsNullable(table, column),
            Condition = "the column is nullable",
            Why = "The valid CHECK is the proof: no row is read.",
        },
        DropCheck(),
    ];

    private IEnumerable<SqlStatement> ByNotNullConstraint() =>
    [
        Briefly($"ALTER TABLE {table} ADD CONSTRAINT {_notNull} NOT NULL {column} NOT VALID") with
        {
            OnlyIf = Catalog.Both(Catalog.ColumnIsNullable(table, column), Catalog.ConstraintIsMissing(table, _notNull)),
            Condition = "the column is nullable and the constraint is not there",
            Why = "Since PostgreSQL 18, NOT NULL can be NOT VALID: existing rows are left to VALIDATE, without a CHECK.",
        },
        Validate(_notNull),
        DropCheck(), // left by an attempt on an older server, before an upgrade
    ];

    private SqlStatement Validate(Identifier constraint) => new($"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}")
    {
        OnlyIf = Catalog.ConstraintIsNotValid(table, constraint),
        Condition = "it is not validated",
        Rows = [new(table, RowAccess.Scan)],
        Locks = [new(table, LockMode.ShareUpdateExclusive)],
        Waits = WaitsFor.Patiently,
    };

    private SqlStatement DropCheck() => Briefly($"ALTER TABLE {table} DROP CONSTRAINT {_check}") with
    {
        OnlyIf = Catalog.ConstraintExists(table, _check),
        Condition = "it exists",
    };

    private SqlStatement Briefly(string sql) => new(sql) { Locks = [new(table, LockMode.AccessExclusive)] };

    public override string ToString() => $"require {column} of {table}";
}

/// <summary>Makes a column nullable again, and removes what an interrupted <see cref="RequireNotNull"/> may have left. One that was NOT NULL before its migration stays so.</summary>
internal sealed class AllowNull(QualifiedName table, Identifier column) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => context.Found.Contains(Removals.Single()) ? [] :
    [
        new($"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")
        {
            OnlyIf = $"SELECT NOT ({Catalog.ColumnIsNullable(table, column)})",
            Condition = "the column is not nullable",
            Locks = [new(table, LockMode.AccessExclusive)],
        },
        .. new DropConstraint(table, RequireNotNull.Check(table, column)).Statements(context),
        .. new DropConstraint(table, RequireNotNull.Constraint(table, column)).Statements(context),
    ];

    internal override IEnumerable<Removal> Removals => [new(RemovalKind.NotNull, table, column)];

    public override string ToString() => $"allow null in {column} of {table}";
}
