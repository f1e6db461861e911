namespace OrgSchema.Online;

/// <summary>The steps of a migration in one direction, compiled against a server at one moment.</summary>
/// <param name="Migration">The migration.</param>
/// <param name="Context">What it was compiled for.</param>
/// <param name="Steps">Its steps, in order.</param>
internal sealed record CompiledMigration(KnownMigration Migration, StepContext Context, IReadOnlyList<Step> Steps)
{
    /// <summary>Objects and rows that it removes.</summary>
    public required IReadOnlyList<Removal> Removals { get; init; }

    /// <summary>To whom it opens tables.</summary>
    public required IReadOnlyList<DeclaredGrant> Grants { get; init; }

    /// <summary>Whether FluentMigrator's generator has written some of its SQL.</summary>
    public required bool IsGenerated { get; init; }

    /// <summary>All statements, in order.</summary>
    public IReadOnlyList<SqlStatement> Statements => [.. Steps.SelectMany(step => step.Statements)];

    /// <summary>All locks on tables that others use.</summary>
    public IReadOnlyList<TableLock> Locks => [.. Statements.SelectMany(statement => statement.Locks).Distinct()];
}
