namespace OrgSchema.Benchmarks;

/// <summary>The result as Markdown, the same on the screen and in docs/.</summary>
internal static class StallReport
{
    private static readonly string[] Columns =
    [
        "run", "rows", "client", "requests", "median ms", "p99 ms", "p99.9 ms", "max ms", "max ÷ no migration", "slowest during", "silent s", "errors",
        "took s", "WAL MB", "dsos locked ms", "auth.users locked ms",
    ];

    public static string Of(StallResult result)
    {
        var options = result.Options;
        return $"""
            # What clients notice of a migration

            Written by `build/bench stall` on {result.Date:yyyy-MM-dd HH:mm} UTC; every figure is from that one run.

            - {options.Rows:N0} rows of `dsos`, {options.Users:N0} of `auth.users`, a twentieth of both where it says so; {options.Rate} transactions a second
            - {Machine.Description}; load before each run: {string.Join(", ", result.Measurements.Select(measurement => $"{measurement.Load:0.0}"))}
            - {result.Postgres}, everything else on the same machine; fsync, full_page_writes and synchronous_commit off, {string.Join(", ", BenchServer.Settings.Select(setting => $"{setting.Key} = {setting.Value}"))}{(options.Note is null ? "" : $"\n- {options.Note}")}

            ![Latency over time](stall.svg)

            {MarkdownTable.Of([Columns, .. result.Measurements.SelectMany(measurement => Rows(result, measurement))])}

            {MarkdownTable.Of([["target", "measured", ""], .. Targets.Of(result).Select(target => new[] { target.Promise, target.Measured, Targets.Said(target.Met) })])}

            ## How it was measured

            - **Traffic** is open-loop: {string.Join(", ", ClientKind.All.Select(kind => $"{kind.Name} {kind.Share:0 %} (`{kind.Sql}`)"))}. Requests are due at a fixed
              rate, and latency counts from when a request was *due*, also when no connection was free for it. Each kind has 16 clients, each
              a thread with its own connection and a prepared statement. "child" works where many rows refer to organizations.
              They have no lock or statement timeout, so that a stall shows in full.
            - **Runs** begin with VACUUM ANALYZE, CHECKPOINT and {options.WarmUp.TotalSeconds:0} s of traffic that do not count, and last from {options.Margin.TotalSeconds:0} s before the migration to {options.Margin.TotalSeconds:0} s after it.
              "again" and "down" go on with the database of the run before; the others have a new copy. `orgschema` is the built program in
              a process of its own, its start included, at the lowest priority (`nice -n 19`): it stands for a program on another machine, and
              what its own work costs should not be taken from the clients. The server's work for it has the same priority as that for the clients. The seed's file is the SQL of the research, word for word but for one e-mail address, in one transaction.
            - **max ÷ no migration**: by the mean of the runs without a migration. **silent s**: seconds in which no transaction was completed.
              **WAL** includes that of the clients.
            - **locked ms**: the longest time that one transaction held SHARE or stronger, the locks that make writers wait, on the table;
              `pg_locks` was read every {Median(result, measurement => measurement.Locks.MedianGap):0.0} ms (median) from another session. It is an upper bound: from the look before the lock was
              first seen to the look after it was last seen. A lock that no look saw was held for less than the longest gap between two,
              which was {Each(result, measurement => measurement.Locks.LongestGap)} ms in these runs.
            - **The clients' own part**: a free client woke up at most {Each(result, measurement => measurement.Of(null).LatestStart)} ms late in these runs, and
              garbage collection stopped them for {Each(result, measurement => measurement.Collections)} ms in all. Both are in the latencies.

            """;
    }

    private static IEnumerable<string[]> Rows(StallResult result, Measurement measurement)
    {
        var first = true;
        foreach (var kind in measurement.Scenario.Clients.Prepend(null))
        {
            var latencies = measurement.Of(kind);
            string[] cells =
            [
                first ? measurement.Scenario.Name : "", first ? $"{measurement.Rows:N0}" : "", kind?.Name ?? "all", $"{latencies.Count}",
                Milliseconds(latencies.Percentile(0.5)), Milliseconds(latencies.Percentile(0.99)), Milliseconds(latencies.Percentile(0.999)), Milliseconds(latencies.Max),
                Targets.Floor(result, kind) is { } floor ? $"{latencies.Max / floor:0.0}" : "-",
                measurement.During(latencies.Slowest.Due), $"{latencies.SilentSeconds}", $"{latencies.Errors}",
            ];
            yield return first
                ? [.. cells, $"{measurement.Took.TotalSeconds:0.0}", $"{measurement.WalBytes / 1e6:0.0}", Held(measurement, "public.dsos"), Held(measurement, "auth.users")]
                : [.. cells, "", "", "", ""];
            first = false;
        }
    }

    private static string Held(Measurement measurement, string table) => measurement.LongestHold(table) is { } held ? Milliseconds(held) : "-";

    private static string Milliseconds(TimeSpan time) => Section.Milliseconds(time);

    private static string Each(StallResult result, Func<Measurement, TimeSpan> of) => string.Join(", ", result.Measurements.Select(measurement => $"{of(measurement).TotalMilliseconds:0}"));

    private static double Median(StallResult result, Func<Measurement, TimeSpan> of) => result.Measurements.Select(of).Order().ElementAt(result.Measurements.Count / 2).TotalMilliseconds;
}
