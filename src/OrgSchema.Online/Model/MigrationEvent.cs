namespace OrgSchema.Online;

/// <summary>Something a person who watches a run wants to know.</summary>
public abstract record MigrationEvent;

/// <summary>Another run holds the runner lock; this one waits for it.</summary>
public sealed record RunnerWaits(RunnerLockHolder Holder) : MigrationEvent;

/// <summary>A migration begins.</summary>
public sealed record MigrationStarted(KnownMigration Migration, Direction Direction) : MigrationEvent
{
    /// <summary>Whether it is one transaction, as it runs on this database. Else each step commits on its own.</summary>
    public bool IsTransactional { get; init; }
}

/// <summary>A statement of a migration without a transaction has committed, or has failed in a way that may leave something.</summary>
public sealed record StepEnded(KnownMigration Migration, string Step, TimeSpan Duration) : MigrationEvent;

/// <summary>A migration is done and recorded.</summary>
/// <param name="Migration">Which.</param>
/// <param name="Direction">Applied or reverted.</param>
/// <param name="Duration">From its start to its record, waits included.</param>
/// <param name="Waited">The part of it that was spent on waiting for locks.</param>
/// <param name="Rows">Rows that it changed.</param>
public sealed record MigrationFinished(KnownMigration Migration, Direction Direction, TimeSpan Duration, TimeSpan Waited, long Rows) : MigrationEvent;

/// <summary>Migrations whose result was there already are recorded.</summary>
public sealed record MigrationsAdopted(IReadOnlyList<KnownMigration> Migrations) : MigrationEvent;

/// <summary>A step waits because somebody is in the way. Said once for each change of who it is.</summary>
public sealed record LocksAwaited(string Step, IReadOnlyList<Blocker> Blockers) : MigrationEvent;

/// <summary>An attempt did not get its locks and is made again after a pause.</summary>
public sealed record AttemptFailed(string Step, int Attempt, TimeSpan Pause) : MigrationEvent;

/// <summary>A connection was lost; after a pause the run takes its lock again and goes on.</summary>
public sealed record ConnectionLost(string Reason, TimeSpan Pause) : MigrationEvent;

/// <summary>A backfill has committed a batch, or waits.</summary>
/// <param name="Migration">Which migration.</param>
/// <param name="Table">The table it walks.</param>
/// <param name="Done">Rows looked at so far, this pass.</param>
/// <param name="Total">Estimate of all; null if unknown.</param>
/// <param name="Batch">Rows of the batch.</param>
/// <param name="PerSecond">Rows a second since the start.</param>
/// <param name="Slow">Why it is slow, or does nothing at the moment; null if it goes at full speed.</param>
public sealed record BackfillProgressed(KnownMigration Migration, string Table, long Done, long? Total, int Batch, double PerSecond, string? Slow) : MigrationEvent
{
    /// <summary>Time left at this rate, where the total is known.</summary>
    public TimeSpan? Left => Total is { } total && PerSecond > 0 ? TimeSpan.FromSeconds(Math.Max(0, total - Done) / PerSecond) : null;
}

/// <summary>A line of a migration for the person who runs it.</summary>
public sealed record MessageReported(string Text) : MigrationEvent;

/// <summary>A finding that does not stop the run.</summary>
public sealed record FindingReported(Finding Finding) : MigrationEvent;
