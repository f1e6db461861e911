namespace OrgSchema.Online;

/// <summary>CREATE INDEX CONCURRENTLY that can be interrupted anywhere: an INVALID leftover is dropped and built again.</summary>
/// <remarks>https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY</remarks>
internal sealed class CreateIndexConcurrently(QualifiedName index, QualifiedName table, IReadOnlyList<Identifier> columns, bool unique) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => MadeObject.Index(index, table).Make(
        context,
        SqlStatement.Check(Catalog.IndexNameIsFree(index, table), $"The name {index} is taken by something that is not an index of {table}."),
        new($"DROP INDEX CONCURRENTLY IF EXISTS {index}")
        {
            OnlyIf = Catalog.IndexIsInvalid(index, table),
            Condition = "an interrupted build has left it INVALID",
            Locks = [new(table, LockMode.ShareUpdateExclusive)],
            Waits = WaitsFor.Patiently,
            IsAlone = true,
        },
        new($"CREATE {(unique ? "UNIQUE " : "")}INDEX CONCURRENTLY IF NOT EXISTS {Identifier.OfCatalog(index.Name)} ON {table} ({string.Join(", ", columns)})")
        {
            OnlyIf = $"SELECT NOT ({Catalog.IndexExists(index, table)})",
            Condition = "it is not there",
            Locks = [new(table, LockMode.ShareUpdateExclusive)],
            Rows = [new(table, RowAccess.Build)],
            Why = "CREATE INDEX would make writers wait until it is built; CONCURRENTLY reads the table twice and waits for older transactions, and nobody waits for it.",
            Waits = WaitsFor.Patiently,
            IsAlone = true,
        },
        SqlStatement.Check(
            Catalog.IndexIs(index, table, columns, unique),
            $"The index {index} exists but is not a valid {(unique ? "unique " : "")}index of {table} on ({string.Join(", ", columns)})."));

    internal override bool RestoresDefinitions => true;

    public override string ToString() => $"create index {index.Name} concurrently";
}

/// <summary>DROP INDEX CONCURRENTLY that may find nothing to drop; an index that was there before its migration stays.</summary>
internal sealed class DropIndexConcurrently(QualifiedName index, QualifiedName table) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => context.Found.Contains(Removals.Single()) ? [] :
    [
        MadeObject.Index(index, table).Archive(context),
        new($"DROP INDEX CONCURRENTLY IF EXISTS {index}")
        {
            OnlyIf = Catalog.IndexExists(index, table),
            Condition = "it exists",
            Locks = [new(table, LockMode.ShareUpdateExclusive)],
            Why = "DROP INDEX would make readers wait behind it while it waits for its lock.",
            Waits = WaitsFor.Patiently,
            IsAlone = true,
        },
    ];

    internal override IEnumerable<Removal> Removals => [new(RemovalKind.Index, table, Identifier.OfCatalog(index.Name))];

    public override string ToString() => $"drop index {index.Name} concurrently";
}
