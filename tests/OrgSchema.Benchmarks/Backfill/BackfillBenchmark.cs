using OrgSchema.Testing;

namespace OrgSchema.Benchmarks;

/// <summary>What one run has shown.</summary>
internal sealed record BackfillMeasurement(BackfillWay Way, Band Band, ProgramRun? Run, Latencies Clients, long WalBytes, double Growth, double PagesRead, WorkProfile Profile, long Left)
{
    public TimeSpan Took => Band.To - Band.From;

    public double AtWork => Profile.AtWork(Way.Workers);

    public long? MemoryHalfWay => Run?.Memory.Where(sample => sample.Moment <= Band.From + (Took / 2)).Select(sample => (long?)sample.Bytes).Max();
}

/// <summary>What all runs of one way have shown.</summary>
internal sealed record BackfillResult(BackfillWay Way, IReadOnlyList<BackfillMeasurement> Runs)
{
    public TimeSpan Took => TimeSpan.FromTicks((long)Runs.Average(run => run.Took.Ticks));

    public TimeSpan SlowestClient => Runs.Max(run => run.Clients.Max);

    public long? PeakMemory => Runs.Max(run => run.Run?.PeakMemory);
}

/// <summary>Fills a column of a large table in use, with trigger, index and foreign key, in several ways.</summary>
internal sealed class BackfillBenchmark(BenchServer server, BackfillBenchmarkOptions options, CancellationToken cancellationToken)
{
    private const string Template = "to_fill";
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public static async Task<Section> RunAsync(BackfillBenchmarkOptions options, CancellationToken cancellationToken)
    {
        var load = Machine.Load;
        await using var server = await BenchServer.StartAsync();
        var benchmark = new BackfillBenchmark(server, options, cancellationToken);
        await benchmark.PrepareAsync();
        var measurements = new List<BackfillMeasurement>();
        // There and back: what the machine does meanwhile, and when, shows in the difference of two runs of one way.
        foreach (var way in options.Once ? BackfillWay.All : BackfillWay.All.Concat(BackfillWay.All.Reverse()))
            measurements.Add(await benchmark.MeasureAsync(way));
        var results = BackfillWay.All.Select(way => new BackfillResult(way, [.. measurements.Where(run => run.Way == way)])).ToList();
        return new Section("backfill", "Filling a column in batches", benchmark.Report(load, results));
    }

    // Everything before the backfill is applied; then come rows that have no organization yet, without the bridge.
    private async Task PrepareAsync()
    {
        Machine.Say($"{options.Rows:N0} rows");
        await server.FillAsync(rows: 0, users: 5_000, cancellationToken);
        await server.RenewAsync(rows: 0, cancellationToken);
        await MigrationProcess.RunAsync(server.Url, ["migrate", "--to", "20260226000700", "--missing-users", "skip"], remote: false, cancellationToken);
        await using (var connection = await server.OpenAsync())
        {
            await connection.ExecuteAsync($"""
                SET session_replication_role = replica;
                INSERT INTO public.dsos (name, archived) SELECT 'DSO ' || n, n % 10 = 0 FROM generate_series(1, {options.Rows}) AS n
                """);
            await connection.ExecuteAsync("VACUUM ANALYZE");
        }

        await server.KeepAsync(Template, cancellationToken);
    }

    private async Task<BackfillMeasurement> MeasureAsync(BackfillWay way)
    {
        Machine.Say(way.Name);
        await server.RenewAsync(Template, cancellationToken);
        var keys = await server.KeysAsync();
        await using var observer = await server.OpenAsync();
        var size = await SizeAsync();
        using var traffic = Traffic.Start(server, keys, ClientKind.Usual, options.Rate);
        await Task.Delay(WarmUp, cancellationToken);
        var (wal, read) = (await WalAsync(), await PagesReadAsync());
        using var filled = new CancellationTokenSource();
        var profiling = WorkProfile.WatchAsync(server, way.Application, filled.Token);
        var (band, run) = await way.FillAsync(server, cancellationToken);
        await filled.CancelAsync();
        var profile = (await profiling).During(band);
        var requests = traffic.Stop();
        return new BackfillMeasurement(
            way,
            band,
            run,
            new Latencies([.. requests.Where(request => request.Due >= band.From && request.Due <= band.To)], band.From, band.To),
            await WalAsync() - wal,
            (double)await SizeAsync() / size,
            (double)(await PagesReadAsync() - read) / options.Rows,
            profile,
            await observer.ScalarAsync<long>("SELECT count(*) FROM public.dsos WHERE org_id IS NULL"));

        Task<long> SizeAsync() => observer.ScalarAsync<long>("SELECT pg_total_relation_size('public.dsos')");

        // Sessions that have ended have told all; the clients beside it read as much in each way.
        Task<long> PagesReadAsync() => observer.ScalarAsync<long>("SELECT blks_read FROM pg_stat_database WHERE datname = current_database()");

        Task<long> WalAsync() => observer.ScalarAsync<long>("SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::bigint");
    }

    private string Report(double? load, List<BackfillResult> results)
    {
        var limit = results[0].Took;
        string[][] rows =
        [
            ["way", "took s", "rows a second", "÷ one UPDATE", "client median ms", "client p99 ms", "client max ms", "WAL MB", "size after ÷ before", "pages read a row", "at work", "of that waiting", "memory MB", "half way MB", "rows left"],
            .. results.Select(found => new[]
            {
                found.Way.Name,
                Each(found, run => $"{run.Took.TotalSeconds:0.0}"),
                $"{options.Rows / found.Took.TotalSeconds:N0}",
                $"{limit / found.Took:0.00}",
                Each(found, run => Section.Milliseconds(run.Clients.Percentile(0.5))), Each(found, run => Section.Milliseconds(run.Clients.Percentile(0.99))), Section.Milliseconds(found.SlowestClient),
                $"{found.Runs.Average(run => run.WalBytes) / 1e6:N0}",
                $"{found.Runs.Average(run => run.Growth):0.00}",
                $"{found.Runs.Average(run => run.PagesRead):0.00}",
                Each(found, run => $"{run.AtWork:0 %}"), Each(found, run => $"{run.Profile.Waiting:0 %}"),
                found.PeakMemory is { } peak ? $"{peak / 1e6:0}" : "-",
                found.Runs.Max(run => run.MemoryHalfWay) is { } half ? $"{half / 1e6:0}" : "-",
                $"{found.Runs.Sum(run => run.Left)}",
            }),
        ];
        return $"""
            {Section.Facts(server, load, $"{options.Rows:N0} rows of dsos without an organization, uuid keys in no order, with the updated_at trigger, the index on org_id and the foreign key; a new copy for each run; {options.Rate} transactions a second of clients beside it, as in the stall benchmark")}

            {MarkdownTable.Of(rows)}

            {string.Join('\n', Verdicts(limit, results))}

            {Floor(limit, results)}

            {(options.Once ? "Each way ran once, in this order." : "Each way ran twice: in this order, and back. Ratios are of the means; where there are two figures they are of the two runs.")} fsync and synchronous_commit are off,
            so a commit costs nothing here: on a disk, many batches wait for it more often than one statement does. WAL is also that of the clients beside it, for as long as a way takes.

            **one UPDATE** is the limit: one statement, one transaction, and clients wait for it to the end. **psql** is a loop with COMMIT: **by key** as many
            write it by hand, 5,000 rows a batch; **by page** 100 pages a batch in the order of the table, which no client's writes may disturb meanwhile. **orgschema** is the migration
            BackfillDsosOrgId of `orgschema migrate`, with its checkpoint, its pauses and its eye on clients. **pages read**: not found in shared_buffers. **at work**: how often a statement of a
            session ran when `pg_stat_activity` was looked at, ten times a second; **waiting**: how often it waited then, for a page, a lock or the log. **memory** is the peak of our process,
            **half way** the peak until the middle of the backfill. Latency counts from when a request was due.
            """;
    }

    private static IEnumerable<string> Verdicts(TimeSpan limit, List<BackfillResult> results)
    {
        foreach (var found in results.Where(found => found.PeakMemory is not null))
        {
            var (ratio, workers) = (limit / found.Took, found.Way.Workers);
            yield return workers == 1
                ? $"- Target: one worker at least 0.9 of one UPDATE: {Targets.Said(ratio >= 0.9)} with {ratio:0.00}"
                : $"- Target: {workers} workers faster than one UPDATE: {Targets.Said(ratio > 1)} with {ratio:0.00}";
            yield return $"- Target: slowest client statement under {Targets.SlowestAllowed.TotalMilliseconds:0} ms beside it: {Targets.Said(found.SlowestClient < Targets.SlowestAllowed)} with {Section.Milliseconds(found.SlowestClient)} ms";
            yield return $"- Target: memory under 120 MB: {Targets.Said(found.PeakMemory < 120_000_000)} with {found.PeakMemory / 1e6:0} MB";
        }
    }

    private static string Floor(TimeSpan limit, List<BackfillResult> results)
    {
        var (byPage, byKey, ours) = (Named("psql, by page"), Named("psql, by key"), results.First(found => found.PeakMemory is not null));
        var atWork = ours.Runs.Average(run => run.AtWork);
        var two = results.Single(found => found.Way.Workers == 2).Runs;
        var atWorkOfTwo = two.Average(run => 2 * run.AtWork * run.Took.TotalSeconds);
        var onAllCores = atWorkOfTwo / Math.Min(2, Environment.ProcessorCount);
        return $"""
            The floor for one worker is what the same rows cost in batches without any program: {limit / byPage.Took:0.00} of one UPDATE by page, {limit / byKey.Took:0.00} by key.
            By key each row is found through the index, on another page than the one before. That is work in memory: {byKey.Runs.Average(run => run.PagesRead):0.00} pages read a row against {results[0].Runs.Average(run => run.PagesRead):0.00}. It leaves the table {results[0].Runs.Average(run => run.Growth) / byKey.Runs.Average(run => run.Growth):0.0} times
            smaller, as a page is visited again when its dead rows can be replaced. Of the time of one worker of orgschema the batches' own statements take {atWork:0 %}:
            {Each(ours, run => $"{run.AtWork * run.Took.TotalSeconds:0.0}")} s, against {Each(byKey, run => $"{run.AtWork * run.Took.TotalSeconds:0.0}")} s of the loop by key. The rest, {1 - atWork:0 %}, is between two batches: the pause that clients are given, the proof that the
            runner lock is held, and our process.

            With 2 workers the statements of both run {atWorkOfTwo:0} s in all, and wait {two.Average(run => run.Profile.Waiting):0 %} of that. {Environment.ProcessorCount} cores, which the clients use too, could do that in {onAllCores:0} s:
            {limit.TotalSeconds / onAllCores:0.00} of one UPDATE is the most that two workers could reach here, with no time between two batches.
            """;

        BackfillResult Named(string name) => results.Single(found => found.Way.Name == name);
    }

    private static string Each(BackfillResult found, Func<BackfillMeasurement, string> figure) => string.Join(" / ", found.Runs.Select(figure));
}
