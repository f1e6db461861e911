using FluentMigrator.Expressions;

namespace OrgSchema.Online;

/// <summary>NOT NULL on a column of a table in use, without a scan under an exclusive lock.</summary>
/// <remarks>
/// Up to PostgreSQL 17 a valid CHECK proves to SET NOT NULL that there is nothing to scan (since 12); it is dropped in a
/// command of its own, because in the same one the proof would be gone before it is needed. PostgreSQL 18 has NOT NULL
/// constraints that are added NOT VALID. https://www.postgresql.org/docs/current/sql-altertable.html
/// </remarks>
internal sealed class RequireNotNull(QualifiedName table, Identifier column) : OnlineExpression
{
    /// <summary>The first major version whose NOT NULL is a constraint.</summary>
    public const int HasConstraint = 18;

    private readonly Identifier _check = Check(table, column);
    private readonly Identifier _notNull = Constraint(table, column);

    /// <summary>The check that proves it, up to PostgreSQL 17.</summary>
    public static Identifier Check(QualifiedName table, Identifier column) => Identifier.Derived($"{table.Name}_{column.Name}_not_null_check");

    /// <summary>The constraint since PostgreSQL 18, with the server's own default name, unless that is too long.</summary>
    public static Identifier Constraint(QualifiedName table, Identifier column) => Identifier.Derived($"{table.Name}_{column.Name}_not_null");

    public override IEnumerable<SqlStatement> Statements(StepContext context) => context.ServerMajor >= HasConstraint ? ByNotNullConstraint() : ByCheck();

    internal override string IsFree => Catalog.ColumnIsNullable(table, column);

    internal override IEnumerable<SqlStatement> Cleanup(StepContext context) =>
    [
        DropConstraint.NotValid(table, _check),
        .. context.ServerMajor >= HasConstraint ? new[] { DropConstraint.NotValid(table, _notNull) } : [],
    ];

    /// <summary>Validates a constraint of a table in use.</summary>
    public static SqlStatement Validate(QualifiedName table, Identifier constraint) => new($"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}")
    {
        OnlyIf = Catalog.ConstraintIsNotValid(table, constraint),
        Condition = "it is not validated",
        Rows = [new(table, RowAccess.Scan)],
        Locks = [new(table, LockMode.ShareUpdateExclusive)],
        Waits = WaitsFor.Patiently,
    };

    /// <summary>Validates the NOT NULL constraint of a column, whatever its name: a column has one at most.</summary>
    public static SqlStatement ValidateAny(QualifiedName table, Identifier column) => new(Dollars.Do("validate", $"""
        BEGIN
            EXECUTE pg_catalog.format(
                {Literal.Of($"ALTER TABLE {Literal.InPattern(table)} VALIDATE CONSTRAINT %I")},
                ({Catalog.NotNullThatIsNotValid(table, column)}));
        END
        """))
    {
        OnlyIf = $"SELECT EXISTS ({Catalog.NotNullThatIsNotValid(table, column)})",
        Condition = $"{column} has a NOT NULL that is not validated",
        Rows = [new(table, RowAccess.Scan)],
        Locks = [new(table, LockMode.ShareUpdateExclusive)],
        Waits = WaitsFor.Patiently,
    };

    private IEnumerable<SqlStatement> ByCheck()
    {
        var sql = $"ALTER TABLE {table} ADD CONSTRAINT {_check} CHECK ({column} IS NOT NULL) NOT VALID";
        var isWanted = Catalog.Both(Catalog.ColumnIsNullable(table, column), Catalog.ConstraintIsMissing(table, _check));
        return
        [
            Briefly(sql) with
            {
                OnlyIf = Catalog.Both(isWanted, $"SELECT NOT ({Catalog.ColumnIsProven(table, column)})"),
                Said = $"{isWanted} {sql}", // as it was when no other check was a proof
                Condition = "the column is nullable and the check is not there",
                Why = "Up to PostgreSQL 17 a valid CHECK proves to SET NOT NULL that it need not read all rows while everybody waits.",
            },
            Validate(table, _check),
            Briefly($"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL") with
            {
                OnlyIf = Catalog.ColumnIsNullable(table, column),
                Condition = "the column is nullable",
                Why = "The valid CHECK is the proof: no row is read.",
            },
            DropCheck(),
            SqlStatement.Check($"SELECT NOT ({Catalog.ColumnIsNullable(table, column)})", IsNullable),
        ];
    }

    // A NOT NULL that is NOT VALID makes the column one that is not nullable, whatever its rows hold.
    private IEnumerable<SqlStatement> ByNotNullConstraint() =>
    [
        Briefly($"ALTER TABLE {table} ADD CONSTRAINT {_notNull} NOT NULL {column} NOT VALID") with
        {
            OnlyIf = Catalog.Both(Catalog.ColumnIsNullable(table, column), Catalog.ConstraintIsMissing(table, _notNull)),
            Condition = "the column is nullable and the constraint is not there",
            Why = "Since PostgreSQL 18, NOT NULL can be NOT VALID: existing rows are left to VALIDATE, without a CHECK.",
        },
        Validate(table, _notNull),
        ValidateAny(table, column), // one of another name
        DropCheck(), // left by an attempt on an older server, before an upgrade
        SqlStatement.Check(
            Catalog.Both(
                $"SELECT NOT ({Catalog.ColumnIsNullable(table, column)})",
                $"SELECT NOT EXISTS ({Catalog.NotNullThatIsNotValid(table, column)})"),
            IsNullable),
    ];

    private string IsNullable => $"The column {column} of {table} is still nullable.";

    private SqlStatement DropCheck() => Briefly($"ALTER TABLE {table} DROP CONSTRAINT {_check}") with
    {
        OnlyIf = Catalog.ConstraintExists(table, _check),
        Condition = "it exists",
    };

    private SqlStatement Briefly(string sql) => new(sql) { Locks = [new(table, LockMode.AccessExclusive)] };

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) =>
        isPostgres ? [PlainForm.Sql($"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")] : base.Plain(isPostgres);

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
        .. Drop(context, RequireNotNull.Check(table, column)),
        .. Drop(context, RequireNotNull.Constraint(table, column)),
    ];

    internal override IEnumerable<Removal> Removals => [new(RemovalKind.NotNull, table, column)];

    private IEnumerable<SqlStatement> Drop(StepContext context, Identifier name) =>
        context.Found.Contains(new Removal(RemovalKind.Constraint, table, name)) ? [] : DropConstraint.Drop(context, table, name);

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) =>
        isPostgres ? [PlainForm.Sql($"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")] : base.Plain(isPostgres);

    public override string ToString() => $"allow null in {column} of {table}";
}
