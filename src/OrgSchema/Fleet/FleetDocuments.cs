using OrgSchema.Online;

namespace OrgSchema;

/// <summary>How it went on one of many databases, the good ends first.</summary>
internal enum FleetOutcome
{
    Done,
    Differs,
    Failed,
    LockBudgetSpent,
    RunnerLockTaken,
    Refused,
    NotUsable,
    Interrupted,
    NotStarted,
}

/// <summary>The result of a run on many databases.</summary>
internal sealed record FleetDocument(Direction Direction, IReadOnlyList<FleetTargetDocument> Targets, int ExitCode);

/// <summary>One of them. What was done counts, also where it failed afterwards.</summary>
internal sealed record FleetTargetDocument(
    string Name,
    string Database,
    FleetOutcome Outcome,
    IReadOnlyList<MigrationDocument> Done,
    IReadOnlyList<MigrationDocument>? Pending,
    double Seconds,
    IReadOnlyList<Finding>? Findings,
    ErrorDocument? Error)
{
    /// <summary>What the program would have ended with on this database alone.</summary>
    public int ExitCode => Error?.ExitCode ?? (Outcome == FleetOutcome.Differs ? OrgSchema.ExitCode.Differs : OrgSchema.ExitCode.Done);

    public static FleetTargetDocument Of(NamedTarget target, FleetResult<RunResult> result, RunAccount account)
    {
        var error = result.Error is { } exception ? ErrorReport.Of(exception, account) : null;
        return new FleetTargetDocument(
            target.Name,
            target.Target.ToString(),
            error is not null ? OutcomeOf(error) : !result.WasStarted ? FleetOutcome.NotStarted : Fleet.IsGood(result) ? FleetOutcome.Done : FleetOutcome.Differs,
            [.. result.Value?.Done.Select(MigrationDocument.Of) ?? account.Finished.Select(finished => MigrationDocument.Of(finished.Migration))],
            result.Value is { } value ? [.. value.Pending.Select(MigrationDocument.Of)] : null,
            Math.Round(result.Took.TotalSeconds, 3),
            result.Value?.Findings,
            error);
    }

    private static FleetOutcome OutcomeOf(ErrorDocument error) => error.ExitCode switch
    {
        OrgSchema.ExitCode.Usage => FleetOutcome.NotUsable,
        OrgSchema.ExitCode.RunnerLockTaken => FleetOutcome.RunnerLockTaken,
        OrgSchema.ExitCode.LockBudgetSpent => FleetOutcome.LockBudgetSpent,
        OrgSchema.ExitCode.PreflightRefused => FleetOutcome.Refused,
        OrgSchema.ExitCode.Interrupted => FleetOutcome.Interrupted,
        _ => FleetOutcome.Failed,
    };
}

/// <summary>Where the migrations of many databases stand.</summary>
internal sealed record FleetStatusDocument(IReadOnlyList<TargetStatusDocument> Targets);

/// <summary>Where those of one of them stand; or why that is not known.</summary>
internal sealed record TargetStatusDocument(string Name, string Database, IReadOnlyList<MigrationDocument>? Migrations, ErrorDocument? Error);
