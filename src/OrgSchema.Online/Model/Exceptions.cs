namespace OrgSchema.Online;

/// <summary>A run that did not do what it was asked to. The message says what happened and to which object; the rest are facts.</summary>
public abstract class OnlineMigrationException(string message, string remedy, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>What to type or change next.</summary>
    public string Remedy { get; } = remedy;
}

/// <summary>The target cannot be used: a URL that cannot be read, a host that does not answer, a login that is refused, a server of the wrong kind.</summary>
public sealed class TargetException(string message, string remedy, Exception? innerException = null) : OnlineMigrationException(message, remedy, innerException)
{
    /// <summary>Whether it may be usable soon: a standby that is about to take over.</summary>
    public bool MayPass { get; init; }
}

/// <summary>The request does not fit the migrations that there are: an unknown version, a migration that cannot be reverted.</summary>
public sealed class RequestException(string message, string remedy, Exception? innerException = null)
    : OnlineMigrationException(message, remedy, innerException);

/// <summary>Another run holds the runner lock of this database.</summary>
public sealed class RunnerLockTakenException(RunnerLockHolder? holder, TimeSpan waited)
    : OnlineMigrationException(
        holder is { IsForeign: true }
            ? $"Another session holds the lock of this program's runs: {holder}, whose role may not act for the migrating role."
                + $" Waited {waited.TotalSeconds:0} s."
            : $"Another run is migrating this database: {holder?.ToString() ?? "its session is not visible to this role"}."
                + $" Waited {waited.TotalSeconds:0} s for it.",
        holder is { IsForeign: true }
            ? $"SELECT pg_catalog.pg_terminate_backend({holder.ProcessId}); -- as a superuser or a member of pg_signal_backend."
                + " Then run the same command again."
            : "Wait until it has ended and run the same command again, or give more time with --wait.")
{
    /// <summary>Who holds it, where this role may know.</summary>
    public RunnerLockHolder? Holder { get; } = holder;

    /// <summary>How long this run has waited.</summary>
    public TimeSpan Waited { get; } = waited;
}

/// <summary>The connection that holds the runner lock was lost: another run may have started since, so nothing more is executed.</summary>
public sealed class RunnerLockLostException(Exception? innerException = null)
    : OnlineMigrationException("The connection that holds the runner lock was lost.", "Run the same command again: it continues where this run stopped.", innerException);

/// <summary>A lock was not to be had within the budget. Nothing is half done.</summary>
public sealed class LockBudgetException(string what, TimeSpan budget, IReadOnlyList<Blocker> blockers, Exception? innerException = null)
    : OnlineMigrationException(
        $"{what} did not get its locks within {budget.TotalSeconds:0.#} s{(blockers.Count == 0 ? "" : ". In the way: " + string.Join("; ", blockers))}",
        "Wait until those transactions have ended and run the same command again, or give more time with --lock-budget.",
        innerException)
{
    /// <summary>Who was in the way at the last look.</summary>
    public IReadOnlyList<Blocker> Blockers { get; } = blockers;
}

/// <summary>Preflight, or the gate before contract migrations, found obstacles. Nothing was changed.</summary>
public sealed class PreflightException(IReadOnlyList<Finding> findings)
    : OnlineMigrationException(
        $"Not started: {Amount.Of(findings.Count(finding => finding.Severity == Severity.Error), "obstacle")} found.",
        "Remove the obstacles, as each line says, and run the same command again.")
{
    /// <summary>Every finding, warnings included.</summary>
    public IReadOnlyList<Finding> Findings { get; } = findings;
}

/// <summary>FluentMigrator's own runner has applied migrations that would run a second time. Nothing was changed.</summary>
public sealed class FluentMigratorHistoryException(string message, string remedy) : OnlineMigrationException(message, remedy);

/// <summary>An earlier run was cut off in a step, and nothing in the database tells whether the step has finished. Nothing was changed.</summary>
public sealed class CutOffException(CutOffStep step)
    : OnlineMigrationException(
        $"{step} Nothing tells whether it has finished.",
        $"Look at what it has done. Then say with {nameof(MigratorOptions.CutOff)} whether it has finished or is to run again.")
{
    /// <summary>The step.</summary>
    public CutOffStep Step { get; } = step;
}

/// <summary>A statement of a migration failed.</summary>
public sealed class MigrationFailedException(string migration, string message, string remedy, string? sql, Exception? innerException = null)
    : OnlineMigrationException(message, remedy, innerException)
{
    /// <summary>Version and name of the migration.</summary>
    public string Migration { get; } = migration;

    /// <summary>The statement, where one failed.</summary>
    public string? Sql { get; } = sql;
}
