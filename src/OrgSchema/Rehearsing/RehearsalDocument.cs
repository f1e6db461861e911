using OrgSchema.Online;

namespace OrgSchema;

/// <summary>The report of a rehearsal: what the terminal, the page and JSON are made of.</summary>
public sealed record RehearsalDocument(
    string Database,
    string Program,
    DateTime Began,
    double Seconds,
    bool Passed,
    double? BudgetMilliseconds,
    string TargetVersion,
    string CopyVersion,
    int Rows,
    IReadOnlyList<Finding> Findings,
    IReadOnlyList<RehearsedLegDocument> Legs,
    IReadOnlyList<RehearsedStatementDocument> Statements,
    IReadOnlyList<RehearsedClientDocument> Clients,
    IReadOnlyList<ProbedStepDocument> Probes,
    IReadOnlyList<string> ProbesFailingBefore,
    IReadOnlyList<DifferenceDocument> Differences,
    IReadOnlyList<SurfaceChangeDocument> Surface,
    IReadOnlyList<FilledTable> Tables,
    IReadOnlyList<Omission> Omissions)
{
    /// <summary>What the sandbox of the copy's server was made with: bubblewrap, podman or docker; null if it was in none.</summary>
    public string? Sandbox { get; init; }

    /// <summary>Why the copy's server was in no sandbox; null if it was in one.</summary>
    public string? NoSandboxReason { get; init; }

    /// <summary>The longest lock of all that block reads or writes of a table of the application; 0 if there was none.</summary>
    public double LongestBlockingLock => Statements.Select(statement => statement.BlockedMilliseconds).DefaultIfEmpty().Max();
}

/// <summary>One way, in seconds since clients were first watched.</summary>
public sealed record RehearsedLegDocument(Leg Leg, double From, double To);

/// <summary>A statement, or several that differ in nothing but their values, such as the batches of a backfill. Its times are the longest; blocked: by a lock that blocks reads or writes of a table of the application.</summary>
public sealed record RehearsedStatementDocument(
    Leg Leg,
    long Version,
    string Migration,
    string Sql,
    int Times,
    double From,
    double Milliseconds,
    double BlockedMilliseconds,
    IReadOnlyList<RehearsedLockDocument> Locks,
    IReadOnlyList<string> Rewritten,
    IReadOnlyList<string> Scanned,
    long Rows,
    long WalBytes,
    double? SlowestClientMilliseconds,
    string? SlowestClient);

/// <summary>A lock that was really taken.</summary>
public sealed record RehearsedLockDocument(string Table, string Mode, double HeldMilliseconds, bool BlocksReads, bool BlocksWrites);

/// <summary>What clients of one kind noticed.</summary>
public sealed record RehearsedClientDocument(string Client, int Requests, double MedianMilliseconds, double SlowestMilliseconds, double SlowestBeforeMilliseconds, int Errors, string? FirstError);

/// <summary>A step and what of the probes does not work as before after it.</summary>
public sealed record ProbedStepDocument(Leg Leg, long Version, string Migration, IReadOnlyList<string> Failures);

/// <summary>What a step does not give back.</summary>
public sealed record DifferenceDocument(Leg Leg, long Version, string Migration, IReadOnlyList<string> Lines);

/// <summary>What a role can do otherwise than before.</summary>
public sealed record SurfaceChangeDocument(string Kind, string Subject, string Role, string? Before, string? After);
