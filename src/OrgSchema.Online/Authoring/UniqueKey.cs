using FluentMigrator.Expressions;

namespace OrgSchema.Online;

/// <summary>UNIQUE or PRIMARY KEY on a table in use: its index is built concurrently, then becomes the constraint, which takes a moment.</summary>
/// <remarks>
/// Until then the index has a name of its own, so that what an interrupted run has left is known from an index of others. The columns of a primary
/// key become NOT NULL with it, without a scan, because a valid CHECK of that name proves it; rows that have NULL are found before the index is built.
/// https://www.postgresql.org/docs/current/sql-altertable.html
/// </remarks>
internal sealed class AddUniqueKey(UniqueKey key) : OnlineExpression
{
    private readonly Identifier _proof = Pending(key.Name);
    private readonly QualifiedName _index = PendingIndex(key.Table, key.Name);

    public override IEnumerable<SqlStatement> Statements(StepContext context)
    {
        var statements = MadeObject.Constraint(key.Table, key.Name).Make(context, [.. Make(context)]);
        return statements.Select((statement, place) => statement with { Said = place == 0 ? $"{key.Table} {key.Name} {key.Sql}" : "" });
    }

    internal override bool RestoresDefinitions => true;

    internal override bool DependsOnPartitions => true;

    internal override string IsFree => Catalog.Both(Catalog.NameIsFree(FullName), Catalog.ConstraintIsMissing(key.Table, key.Name));

    internal override IEnumerable<SqlStatement> Cleanup(StepContext context) =>
    [
        DropIndex(Catalog.IndexExists(_index, key.Table), "the index is not a constraint yet"),
        .. key.IsPrimary ? new[] { DropProof() } : [],
    ];

    internal override bool NeedsNoTransaction => true;

    /// <summary>Drops what an interrupted run has left of a constraint.</summary>
    public static SqlStatement DropLeftovers(QualifiedName table, Identifier name) => new(Dollars.Do("leftovers", $"""
        BEGIN
            ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {Pending(name)};
            DROP INDEX IF EXISTS {PendingIndex(table, name)};
        END
        """))
    {
        Said = "",
        OnlyIf = $"SELECT ({Catalog.ConstraintExists(table, Pending(name))}) OR ({Catalog.IndexExists(PendingIndex(table, name), table)})",
        Condition = "an interrupted Up has left it",
        Locks = [new(table, LockMode.AccessExclusive)],
    };

    private QualifiedName FullName => QualifiedName.OfCatalog(key.Table.Schema, key.Name.Name);

    private static Identifier Pending(Identifier name) => Identifier.Derived($"{name.Name}_pending");

    private static QualifiedName PendingIndex(QualifiedName table, Identifier name) => QualifiedName.OfCatalog(table.Schema, Pending(name).Name);

    private IEnumerable<SqlStatement> Make(StepContext context) =>
    [
        .. key.IsPrimary ? new[] { IsTheOnlyOne() } : [],
        SqlStatement.Check(
            $"SELECT ({Catalog.NameIsFree(FullName)}) OR ({Catalog.ConstraintExists(key.Table, key.Name)})",
            $"The name {FullName} is taken by something that is not a constraint of {key.Table}."),
        .. key.IsPrimary ? Prove(context) : [],
        .. context.IsPartitioned(key.Table) ? [AddAtOnce()] : Attach(),
        .. key.IsPrimary ? new[] { DropProof() } : [],
        SqlStatement.Check(
            Catalog.UniqueKeyIs(key), $"The constraint {key.Name} of {key.Table} exists with another definition than {key.Sql}."),
    ];

    private SqlStatement IsTheOnlyOne() => SqlStatement.Check(
        $"SELECT NOT ({Catalog.HasOtherPrimaryKey(key.Table, key.Name)})", $"{key.Table} has another primary key than {key.Name} already.");

    private IEnumerable<SqlStatement> Prove(StepContext context) =>
    [
        new($"ALTER TABLE {key.Table} ADD CONSTRAINT {_proof} CHECK ({string.Join(" AND ", key.Columns.Select(column => $"{column} IS NOT NULL"))}) NOT VALID")
        {
            OnlyIf = Catalog.Both(
                Catalog.Both(Catalog.OneIsNullable(key.Table, key.Columns), Catalog.ConstraintIsMissing(key.Table, key.Name)),
                Catalog.ConstraintIsMissing(key.Table, _proof)),
            Condition = "a column is nullable and neither the key nor the check exists",
            Locks = [new(key.Table, LockMode.AccessExclusive)],
            Why = "A valid CHECK proves to PRIMARY KEY that no column holds NULL: without it, all rows would be read while everybody waits.",
        },
        RequireNotNull.Validate(key.Table, _proof),
        // Without a proof that the server takes, its own NOT NULL is one that a primary key does not.
        .. context.ServerMajor >= RequireNotNull.HasConstraint ? key.Columns.Select(column => RequireNotNull.ValidateAny(key.Table, column)) : [],
    ];

    private IEnumerable<SqlStatement> Attach() =>
    [
        DropIndex(
            Catalog.Both(Catalog.IndexExists(_index, key.Table), $"SELECT NOT ({Catalog.UniqueIndexIs(_index, key)})"),
            "an interrupted build has left it INVALID, or for other columns"),
        CreateIndexConcurrently.Build(_index, key.Table, new WantedIndex(key.IndexSql, IsUnique: true)) with
        {
            OnlyIf = Catalog.Both(
                Catalog.ConstraintIsMissing(key.Table, key.Name), $"SELECT NOT ({Catalog.IndexExists(_index, key.Table)})"),
            Condition = "neither the constraint nor the index exists",
            Why = $"ADD {key.Kind} would make everybody wait until its index is built. Here nobody waits for the index.",
        },
        new($"ALTER TABLE {key.Table} ADD CONSTRAINT {key.Name} {key.Kind} USING INDEX {_proof}{key.Deferrable.Sql()}")
        {
            OnlyIf = Catalog.ConstraintIsMissing(key.Table, key.Name),
            Condition = "it is not there",
            Locks = [new(key.Table, LockMode.AccessExclusive)],
            Why = "The index becomes the constraint, and has its name from then on: no row is read.",
        },
    ];

    private SqlStatement AddAtOnce() => new($"ALTER TABLE {key.Table} ADD CONSTRAINT {key.Name} {key.Sql}")
    {
        OnlyIf = Catalog.ConstraintIsMissing(key.Table, key.Name),
        Condition = "it is not there",
        Locks = [new(key.Table, LockMode.AccessExclusive)],
        Rows = [new(key.Table, RowAccess.Build)],
        Why = $"{key.Table} is partitioned, and PostgreSQL does not take an index for its constraint: everybody waits until the index is built.",
    };

    private SqlStatement DropIndex(string onlyIf, string condition) => CreateIndexConcurrently.DropInvalid(_index, key.Table) with
    {
        OnlyIf = onlyIf,
        Condition = condition,
    };

    private SqlStatement DropProof() => new($"ALTER TABLE {key.Table} DROP CONSTRAINT {_proof}")
    {
        OnlyIf = Catalog.ConstraintExists(key.Table, _proof),
        Condition = "the check exists",
        Locks = [new(key.Table, LockMode.AccessExclusive)],
    };

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) =>
        [isPostgres ? PlainForm.Sql(AddAtOnce().Sql) : PlainForm.Constraint(key)];

    public override string ToString() => $"add {(key.IsPrimary ? "primary key" : "unique constraint")} {key.Name}";
}
