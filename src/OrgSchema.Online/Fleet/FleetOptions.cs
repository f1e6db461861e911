namespace OrgSchema.Online;

/// <summary>How a fleet goes through its targets.</summary>
public sealed record FleetOptions
{
    /// <summary>Name of the target that comes first and alone. Default: null, the first of them.</summary>
    public string? Canary { get; init; }

    /// <summary>
    /// How many targets at once. Default: 4. The databases of a fleet often share a server: each run keeps one of its cores busy
    /// and two of its connections, and its clients want some, too.
    /// </summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Whether the others go on when one of them fails. Default: false, nothing more is started. It says nothing about the canary.</summary>
    public bool KeepGoing { get; init; }

    /// <summary>Returns these options.</summary>
    /// <exception cref="ArgumentException">They are out of range.</exception>
    public FleetOptions Validated() => Parallel >= 1 ? this : throw new ArgumentException($"{nameof(Parallel)} must be at least 1.");

    /// <summary>The target that comes first.</summary>
    /// <exception cref="RequestException">There is none, or none of that name.</exception>
    public FleetTarget CanaryOf(IReadOnlyList<FleetTarget> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        return targets.FirstOrDefault(target => Canary is null || target.Name == Canary)
            ?? throw new RequestException(
                Canary is null ? "There is no target." : $"There is no target with the name '{Canary}' to begin with.",
                targets.Count == 0 ? "Give one at least." : $"Names are: {string.Join(", ", targets.Take(10).Select(target => target.Name))}{(targets.Count > 10 ? ", ..." : "")}.");
    }
}

/// <summary>One database of a fleet.</summary>
/// <param name="Name">What people call it; each has another.</param>
/// <param name="ConnectionString">How to reach it: see <see cref="DatabaseUrl.Parse"/>.</param>
public sealed record FleetTarget(string Name, string ConnectionString)
{
    /// <summary>Its name; the connection string has a password.</summary>
    public override string ToString() => Name;
}

/// <summary>How it went on one database.</summary>
/// <param name="Target">Which.</param>
/// <param name="Value">What came of it; null if it failed or was not started.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Took">How long it took, a failure too.</param>
public sealed record FleetResult<T>(FleetTarget Target, T? Value, Exception? Error, TimeSpan Took)
    where T : class
{
    /// <summary>Whether it was started at all.</summary>
    public bool WasStarted => Value is not null || Error is not null;

    internal static FleetResult<T> NotStarted(FleetTarget target) => new(target, null, null, TimeSpan.Zero);
}

/// <summary>Something that a person who watches a fleet wants to know.</summary>
public abstract record FleetEvent(FleetTarget Target);

/// <summary>A run begins.</summary>
public sealed record FleetTargetStarted(FleetTarget Target, bool IsCanary) : FleetEvent(Target);

/// <summary>A run tells something.</summary>
public sealed record FleetTargetTold(FleetTarget Target, MigrationEvent Event) : FleetEvent(Target);

/// <summary>A run has ended.</summary>
public sealed record FleetTargetEnded(FleetTarget Target, FleetResult<RunResult> Result) : FleetEvent(Target);
