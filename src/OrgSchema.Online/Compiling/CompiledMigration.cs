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

    /// <summary>Whether it is one transaction. Else each step commits on its own, and those that follow each other may commit together.</summary>
    public bool IsTransactional { get; init; } = Context.IsTransactional;

    /// <summary>Steps that would make clients of the application wait or fail.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>Whether steps that follow each other commit together, because the author has wanted one transaction.</summary>
    public bool JoinsSteps => !IsTransactional && Migration.IsTransactional(Context.Direction);

    /// <summary>The verb that no transaction takes, although the author has wanted one; null: there is none.</summary>
    public string? TakesNoTransaction { get; init; }

    /// <summary>Why it runs step by step, and steps are not as they are written, each once.</summary>
    public IReadOnlyList<string> Reasons =>
    [
        .. JoinsSteps && TakesNoTransaction is { } verb ? new[] { $"no transaction takes '{verb}'." } : [],
        .. Steps.OfType<RewrittenStep>().Select(step => step.Why).Where(why => why.Length > 0).Distinct(),
    ];

    /// <summary>All statements, in order.</summary>
    public IReadOnlyList<SqlStatement> Statements => [.. Steps.SelectMany(step => step.Statements)];

    /// <summary>All locks on tables that others use.</summary>
    public IReadOnlyList<TableLock> Locks => [.. Statements.SelectMany(statement => statement.Locks).Distinct()];
}
