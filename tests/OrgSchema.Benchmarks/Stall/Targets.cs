namespace OrgSchema.Benchmarks;

/// <summary>One promise, and what was measured.</summary>
internal sealed record Target(string Promise, string Measured, bool Met);

/// <summary>The promises of OrgSchema that the stall benchmark can check.</summary>
internal static class Targets
{
    public static readonly TimeSpan SlowestAllowed = TimeSpan.FromMilliseconds(100);

    public static readonly TimeSpan LongestLockAllowed = TimeSpan.FromMilliseconds(50);

    private const double SlowdownAllowed = 3;

    /// <summary>The slowest request without a migration: the mean over the runs without one, because a maximum is noisy.</summary>
    public static TimeSpan? Floor(StallResult result, ClientKind? kind = null)
    {
        var floors = result.Measurements.Where(measurement => measurement.Scenario.Work == Work.Nothing).Select(measurement => measurement.Of(kind).Max).ToList();
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
    }

    private static bool IsOurs(Measurement measurement) => measurement.Scenario.Work is Work.Up or Work.Down;

    private static string Milliseconds(TimeSpan time) => $"{time.TotalMilliseconds:0.#} ms";
}
