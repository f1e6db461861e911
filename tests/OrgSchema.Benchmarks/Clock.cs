using System.Diagnostics;

namespace OrgSchema.Benchmarks;

/// <summary>The one clock of a benchmark: monotonic time since the program started.</summary>
internal static class Clock
{
    private static readonly long Origin = Stopwatch.GetTimestamp();

    public static TimeSpan Now => Stopwatch.GetElapsedTime(Origin);

    /// <summary>Sleeps in whole milliseconds, never too short: the last one is rounded up, because spinning would take the server's CPU.</summary>
    public static void SleepUntil(TimeSpan due)
    {
        while (due - Now is { Ticks: > 0 } left)
            Thread.Sleep((int)Math.Ceiling(left.TotalMilliseconds));
    }
}
