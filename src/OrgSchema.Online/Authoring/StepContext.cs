namespace OrgSchema.Online;

/// <summary>What a step may depend on when it writes its SQL.</summary>
/// <param name="ServerMajor">Major version of the server.</param>
/// <param name="Version">Version of the migration.</param>
/// <param name="Direction">Whether it is applied or reverted.</param>
/// <param name="PrivateSchema">Schema of checkpoints and archives.</param>
public sealed record StepContext(int ServerMajor, long Version, Direction Direction, string PrivateSchema)
{
    /// <summary>Whether the migration is one transaction in this direction.</summary>
    internal bool IsTransactional { get; init; }

    /// <summary>Objects that existed before the migrations that make them: they are left alone.</summary>
    internal FoundObjects Found { get; init; } = FoundObjects.None;

    /// <summary>Tables that this migration makes: those that its Down drops.</summary>
    internal IReadOnlySet<QualifiedName> Makes { get; init; } = new HashSet<QualifiedName>();

    /// <summary>Tables that the same run drops.</summary>
    internal IReadOnlyList<QualifiedName> Leaving { get; init; } = [];

    /// <summary>Foreign keys of the database, as they are right before the step. Read only for a migration that deletes rows.</summary>
    internal IReadOnlyList<Reference> References { get; init; } = [];

    /// <summary>Archived definitions of columns. Read only for a migration that brings a column back.</summary>
    internal IReadOnlyList<ColumnDefinition> Definitions { get; init; } = [];

    /// <summary>Partitioned tables of the database. Read only for a migration that makes indexes or constraints.</summary>
    internal IReadOnlySet<QualifiedName> Partitioned { get; init; } = new HashSet<QualifiedName>();

    /// <summary>Whether a table is partitioned: much of what is made without blocking anybody is made otherwise there.</summary>
    internal bool IsPartitioned(QualifiedName table) => Partitioned.Contains(table);

    /// <summary>Indexes of columns that get a copy. Read only for a migration that makes one.</summary>
    internal IReadOnlyList<ColumnIndex> Indexes { get; init; } = [];

    /// <summary>Checks and foreign keys of such columns.</summary>
    internal IReadOnlyList<ColumnConstraint> Constraints { get; init; } = [];

    /// <summary>The direction, as archives have it.</summary>
    internal string Way => Direction == Direction.Up ? "up" : "down";

    /// <summary>A call of a function of the private schema.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="arguments">SQL expressions.</param>
    internal string Call(string function, params IEnumerable<string> arguments) => $"{PrivateSchema}.{function}({string.Join(", ", arguments)})";

    /// <summary>What a step of this migration depends on.</summary>
    internal static StepContext Of(int serverMajor, KnownMigration migration, Direction direction, string privateSchema, FoundObjects found) =>
        new(serverMajor, migration.Version, direction, privateSchema) { IsTransactional = migration.IsTransactional(direction), Found = found };
}
