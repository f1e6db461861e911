using OrgSchema.Online;

namespace OrgSchema;

/// <summary>What <c>migrate up</c>, <c>down</c> and <c>contract</c> do in their own way, on one database or on many.</summary>
/// <param name="Direction">Applied or reverted.</param>
/// <param name="RunAsync">The run.</param>
internal sealed record MigrateWay(Direction Direction, Func<Job, Migrator, CancellationToken, Task<RunResult>> RunAsync)
{
    /// <summary>What the migrator needs beside the common options.</summary>
    public Func<Job, MigratorOptions, MigratorOptions>? Also { get; init; }

    /// <summary>What can be known of obstacles before the run.</summary>
    public Func<Job, Migrator, CancellationToken, Task<IReadOnlyList<Finding>>>? BeforeAsync { get; init; }

    /// <summary>What the run would remove, and what would refuse it.</summary>
    public Func<Job, Migrator, CancellationToken, Task<RemovalReport>>? RemovalsAsync { get; init; }

    /// <summary>Shows what is removed, by database where there are many, and asks whether to go on.</summary>
    public Func<Job, IReadOnlyList<(string? Target, RemovalReport Removals)>, Task<DownAnswer>>? AskAsync { get; init; }
}
