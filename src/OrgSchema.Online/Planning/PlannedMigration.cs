namespace OrgSchema.Online;

/// <summary>A migration and the statements that it would run.</summary>
public sealed record PlannedMigration(KnownMigration Migration, IReadOnlyList<SqlStatement> Statements)
{
    /// <summary>Whether it is one transaction.</summary>
    public bool IsTransactional { get; init; }

    /// <summary>Why steps are not done as they are written, each once.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Steps that would make clients of the application wait or fail.</summary>
    public IReadOnlyList<Finding> Unsafe { get; init; } = [];

    /// <summary>To whom it opens tables.</summary>
    public IReadOnlyList<DeclaredGrant> Grants { get; init; } = [];
}

/// <summary>A migration that cannot be reverted.</summary>
/// <param name="Migration">The migration.</param>
/// <param name="Why">Why not, in words.</param>
public sealed record IrreversibleMigration(KnownMigration Migration, string Why);
