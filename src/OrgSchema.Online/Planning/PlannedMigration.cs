namespace OrgSchema.Online;

/// <summary>A migration and the statements that it would run.</summary>
public sealed record PlannedMigration(KnownMigration Migration, IReadOnlyList<SqlStatement> Statements)
{
    /// <summary>To whom it opens tables.</summary>
    public IReadOnlyList<DeclaredGrant> Grants { get; init; } = [];
}

/// <summary>A migration that cannot be reverted.</summary>
/// <param name="Migration">The migration.</param>
/// <param name="Why">Why not, in words.</param>
public sealed record IrreversibleMigration(KnownMigration Migration, string Why);
