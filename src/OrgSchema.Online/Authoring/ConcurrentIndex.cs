using FluentMigrator.Expressions;

namespace OrgSchema.Online;

/// <summary>CREATE INDEX CONCURRENTLY that can be interrupted anywhere: an INVALID leftover is dropped and built again.</summary>
/// <remarks>https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY</remarks>
internal sealed class CreateIndexConcurrently(QualifiedName index, QualifiedName table, WantedIndex definition) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => MadeObject.Index(index, table).Make(
        context,
        SqlStatement.Check(Catalog.IndexNameIsFree(index, table), $"The name {index} is taken by something that is not an index of {table}."),
        DropInvalid(index, table),
        context.IsPartitioned(table) ? Plain() : Concurrently(),
        SqlStatement.Check(IsAsWanted(context), $"The index {index} exists but is not a valid {definition.Words} of {table} on {definition.Sql}."));

    internal override bool RestoresDefinitions => true;

    internal override bool DependsOnPartitions => true;

    internal override string IsFree => Catalog.NameIsFree(index);

    internal override IEnumerable<SqlStatement> Cleanup(StepContext context) => [DropInvalid(index, table)];

    internal override bool NeedsNoTransaction => true;

    /// <summary>Drops what a build has left that did not end.</summary>
    public static SqlStatement DropInvalid(QualifiedName index, QualifiedName table) => new($"DROP INDEX CONCURRENTLY IF EXISTS {index}")
    {
        OnlyIf = Catalog.IndexIsInvalid(index, table),
        Condition = "an interrupted build has left it INVALID",
        Locks = [new(table, LockMode.ShareUpdateExclusive)],
        Waits = WaitsFor.Patiently,
        IsAlone = true,
    };

    /// <summary>Builds an index while its table is in use.</summary>
    public static SqlStatement Build(QualifiedName index, QualifiedName table, WantedIndex definition) =>
        new($"CREATE {Unique(definition)}INDEX CONCURRENTLY IF NOT EXISTS {Identifier.OfCatalog(index.Name)} ON {table} {definition.Sql}")
        {
            OnlyIf = $"SELECT NOT ({Catalog.IndexExists(index, table)})",
            Condition = "it is not there",
            Locks = [new(table, LockMode.ShareUpdateExclusive)],
            Rows = [new(table, RowAccess.Build)],
            Why = "CREATE INDEX would make writers wait until it is built; CONCURRENTLY reads the table twice and waits for older transactions, and nobody waits for it.",
            Waits = WaitsFor.Patiently,
            IsAlone = true,
        };

    private SqlStatement Concurrently() => Build(index, table, definition);

    private SqlStatement Plain() => new($"CREATE {Unique(definition)}INDEX IF NOT EXISTS {Identifier.OfCatalog(index.Name)} ON {table} {definition.Sql}")
    {
        OnlyIf = $"SELECT NOT ({Catalog.IndexExists(index, table)})",
        Condition = "it is not there",
        Locks = [new(table, LockMode.Share)],
        Rows = [new(table, RowAccess.Build)],
        Why = $"{table} is partitioned, and PostgreSQL has no CONCURRENTLY for it: writers of all partitions wait until the index is built.",
    };

    // Anything but columns is compared in the server's own form of it.
    private string IsAsWanted(StepContext context) => definition.Columns is { } columns
        ? Catalog.IndexIs(index, table, columns, definition.IsUnique)
        : $"SELECT {context.Call("index_is", Quoted(index), Quoted(table), Quoted(Unique(definition)), Quoted(definition.Sql))}";

    private static string Quoted(object text) => Literal.Of($"{text}");

    private static string Unique(WantedIndex definition) => definition.IsUnique ? "UNIQUE " : "";

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) =>
        isPostgres ? [PlainForm.Sql(Plain().Sql)]
        : definition.Columns is { } columns ? [PlainForm.Index(index, table, columns, definition.IsUnique)]
        : base.Plain(isPostgres);

    public override string ToString() => $"create index {index.Name} concurrently";
}

/// <summary>DROP INDEX CONCURRENTLY that may find nothing to drop; an index that was there before its migration stays.</summary>
internal sealed class DropIndexConcurrently(QualifiedName index, QualifiedName table) : OnlineExpression
{
    public override IEnumerable<SqlStatement> Statements(StepContext context) => context.Found.Contains(Removals.Single()) ? [] :
    [
        MadeObject.Index(index, table).Archive(context),
        context.IsPartitioned(table) ? Plain() : Concurrently(),
    ];

    internal override IEnumerable<Removal> Removals => [new(RemovalKind.Index, table, Identifier.OfCatalog(index.Name))];

    internal override bool DependsOnPartitions => true;

    internal override bool NeedsNoTransaction => true;

    private SqlStatement Concurrently() => new($"DROP INDEX CONCURRENTLY IF EXISTS {index}")
    {
        OnlyIf = Catalog.IndexExists(index, table),
        Condition = "it exists",
        Locks = [new(table, LockMode.ShareUpdateExclusive)],
        Why = "DROP INDEX would make readers wait behind it while it waits for its lock.",
        Waits = WaitsFor.Patiently,
        IsAlone = true,
    };

    private SqlStatement Plain() => new($"DROP INDEX IF EXISTS {index}")
    {
        OnlyIf = Catalog.IndexExists(index, table),
        Condition = "it exists",
        Locks = [new(table, LockMode.AccessExclusive)],
        Why = $"{table} is partitioned, and PostgreSQL has no CONCURRENTLY for it.",
    };

    internal override IEnumerable<IMigrationExpression> Plain(bool isPostgres) =>
        [isPostgres ? PlainForm.Sql(Plain().Sql) : PlainForm.NoIndex(index, table)];

    public override string ToString() => $"drop index {index.Name} concurrently";
}
