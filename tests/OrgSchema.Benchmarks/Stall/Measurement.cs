namespace OrgSchema.Benchmarks;

/// <summary>Something that was under way for some time of a run.</summary>
internal sealed record Band(string Name, TimeSpan From, TimeSpan To);

/// <summary>What one run has shown.</summary>
internal sealed record Measurement
{
    public required Scenario Scenario { get; init; }

    public required int Rows { get; init; }

    /// <summary>The part of the traffic that counts.</summary>
    public required TimeSpan From { get; init; }

    /// <summary>Its end.</summary>
    public required TimeSpan To { get; init; }

    /// <summary>Requests that were due in it.</summary>
    public required IReadOnlyList<Request> Requests { get; init; }

    /// <summary>What was migrated when.</summary>
    public required IReadOnlyList<Band> Migrations { get; init; }

    /// <summary>The long transaction, where there was one.</summary>
    public required Band? Reader { get; init; }

    /// <summary>From the start of whatever migrates to its end.</summary>
    public required TimeSpan Took { get; init; }

    public required LocksSeen Locks { get; init; }

    public required long WalBytes { get; init; }

    /// <summary>How long collections stopped the clients in all.</summary>
    public required TimeSpan Collections { get; init; }

    /// <summary>Load of the machine before the run.</summary>
    public required double? Load { get; init; }

    /// <summary>The requests of one kind of client; of all for null.</summary>
    public Latencies Of(ClientKind? kind) => new([.. Requests.Where(request => kind is null || request.Client == kind)], From, To);

    /// <summary>The longest time that a lock was held on a table at most; null if no look saw one.</summary>
    public TimeSpan? LongestHold(string table) => Locks.Holds.Where(hold => hold.Table == table).Select(hold => (TimeSpan?)hold.AtMost).Max();

    /// <summary>The migration that was under way.</summary>
    public string During(TimeSpan moment) => Migrations.FirstOrDefault(band => band.From <= moment && moment <= band.To)?.Name ?? "none";
}

/// <summary>Latencies, by how many were how long.</summary>
internal sealed class Latencies(IReadOnlyList<Request> requests, TimeSpan from, TimeSpan to)
{
    private readonly List<TimeSpan> _sorted = [.. requests.Select(request => request.Latency).Order()];

    public int Count => _sorted.Count;

    public int Errors { get; } = requests.Count(request => request.Failed);

    public TimeSpan Max => _sorted[^1];

    public Request Slowest { get; } = requests.MaxBy(request => request.Latency);

    /// <summary>The latest that a free client woke up.</summary>
    public TimeSpan LatestStart { get; } = requests.Max(request => request.Lateness);

    /// <summary>Seconds of the run in which no transaction was completed.</summary>
    public int SilentSeconds
    {
        get
        {
            var busy = requests.Where(request => !request.Failed && request.Completed < to).Select(request => (int)(request.Completed - from).TotalSeconds).Distinct().Count();
            return Math.Max(0, (int)(to - from).TotalSeconds - busy);
        }
    }

    /// <summary>The latency that this part of the requests did not exceed.</summary>
    public TimeSpan Percentile(double part) => _sorted[Math.Clamp((int)Math.Ceiling(part * _sorted.Count) - 1, 0, _sorted.Count - 1)];
}
