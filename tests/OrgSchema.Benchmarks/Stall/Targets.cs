namespace OrgSchema.Benchmarks;

/// <summary>One promise, and what was measured.</summary>
internal sealed record Target(string Promise, string Measured, bool Met);

/// <summary>The promises of OrgSchema that the stall benchmark can check.</summary>
internal static class Targets
{
    public static readonly TimeSpan SlowestAllowed = TimeSpan.FromMilliseconds(100);

    public static readonly TimeSpan LongestLockAllowed = TimeSpan.FromMilliseconds(50);

    private const double SlowdownAllowed = 3;

    // About the time between two looks at the locks.
    private static readonly TimeSpan Uncertainty = TimeSpan.FromMilliseconds(2);

    /// <summary>The slowest request without a migration: the mean over the runs without one, because a maximum is noisy.</summary>
    public static TimeSpan? Floor(StallResult result, ClientKind? kind = null)
    {
        var floors = result.Measurements
            .Where(measurement => measurement.Scenario.Work == Work.Nothing && (kind is null || measurement.Scenario.Clients.Contains(kind)))
            .Select(measurement => measurement.Of(kind).Max)
            .ToList();
        return floors.Count == 0 ? null : TimeSpan.FromTicks((long)floors.Average(floor => floor.Ticks));
    }

    public static IEnumerable<Target> Of(StallResult result)
    {
        foreach (var measurement in result.Measurements.Where(IsOurs))
        {
            var name = measurement.Scenario.Name;
            var slowest = measurement.Of(null).Max;
            if (measurement.Rows == result.Options.Rows)
            {
                yield return new Target($"{name}: slowest client statement under {Milliseconds(SlowestAllowed)}", Milliseconds(slowest), slowest < SlowestAllowed);
                if (Floor(result) is { } floor)
                    yield return new Target($"{name}: within {SlowdownAllowed:0}x of no migration", $"{slowest / floor:0.0}x of {Milliseconds(floor)}", slowest <= SlowdownAllowed * floor);
            }

            var held = new[] { measurement.LongestHold("public.dsos"), measurement.LongestHold("auth.users") }.Max();
            yield return new Target($"{name}: strong locks held no longer than {Milliseconds(LongestLockAllowed)}", held is null ? "none seen" : $"at most {Milliseconds(held.Value)}", (held ?? TimeSpan.Zero) <= LongestLockAllowed);
        }

        foreach (var work in result.Measurements.Where(measurement => IsOurs(measurement) && measurement.Rows < result.Options.Rows).Select(measurement => measurement.Scenario.Work).Distinct())
        {
            var (small, large) = (MedianHold(result, work, large: false), MedianHold(result, work, large: true));
            yield return new Target(
                $"{(work == Work.Up ? "migrate" : "migrate down --all")}: strong locks no longer with 20 times the rows (medians; {Milliseconds(Uncertainty)} are noise)",
                $"{Milliseconds(large)} against {Milliseconds(small)}",
                large <= small + Uncertainty);
        }
    }

    // The middle of all holds on both tables: one late look makes the longest of them longer, at any size.
    private static TimeSpan MedianHold(StallResult result, Work work, bool large)
    {
        var holds = result.Measurements
            .Where(measurement => measurement.Scenario.Work == work && measurement.Rows == result.Options.Rows == large)
            .SelectMany(measurement => measurement.Locks.Holds)
            .Select(hold => hold.AtMost)
            .Order()
            .ToList();
        return holds.Count == 0 ? TimeSpan.Zero : holds[holds.Count / 2];
    }

    /// <summary>How a table or a text says whether a promise holds.</summary>
    public static string Said(bool met) => met ? "met" : "**not met**";

    private static bool IsOurs(Measurement measurement) => measurement.Scenario.Work is Work.Up or Work.Down or Work.DownToTables;

    private static string Milliseconds(TimeSpan time) => $"{time.TotalMilliseconds:0.#} ms";
}
