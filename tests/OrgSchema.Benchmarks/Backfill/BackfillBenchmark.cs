using OrgSchema.Testing;

namespace OrgSchema.Benchmarks;

/// <summary>What one way has shown.</summary>
internal sealed record BackfillMeasurement(BackfillWay Way, Band Band, ProgramRun? Run, Latencies Clients, long WalBytes, double Growth, long Left);

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
        foreach (var way in (BackfillWay[])[.. BackfillWay.All, BackfillWay.All[0]])
            measurements.Add(await benchmark.MeasureAsync(way));
        return new Section("backfill", "Filling a column in batches", benchmark.Report(load, measurements));
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
        using var traffic = Traffic.Start(server, keys, options.Rate);
        await Task.Delay(WarmUp, cancellationToken);
        var wal = await WalAsync();
        var (band, run) = await way.FillAsync(server, cancellationToken);
        var requests = traffic.Stop();
        return new BackfillMeasurement(
            way,
            band,
            run,
            new Latencies([.. requests.Where(request => request.Due >= band.From && request.Due <= band.To)], band.From, band.To),
            await WalAsync() - wal,
            (double)await SizeAsync() / size,
            await observer.ScalarAsync<long>("SELECT count(*) FROM public.dsos WHERE org_id IS NULL"));

        Task<long> SizeAsync() => observer.ScalarAsync<long>("SELECT pg_total_relation_size('public.dsos')");

        Task<long> WalAsync() => observer.ScalarAsync<long>("SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::bigint");
    }

    private string Report(double? load, List<BackfillMeasurement> measurements)
    {
        // The first and the last way are the same: what the machine did meanwhile shows in their difference.
        var limit = (Took(measurements[0]) + Took(measurements[^1])) / 2;
        string[][] rows =
        [
            ["way", "took s", "rows a second", "÷ one UPDATE", "client median ms", "client p99 ms", "client max ms", "WAL MB", "size after ÷ before", "memory MB", "half way MB", "rows left"],
            .. measurements.Select(found => new[]
            {
                found.Way.Name,
                $"{Took(found).TotalSeconds:0.0}",
                $"{options.Rows / Took(found).TotalSeconds:N0}",
                $"{limit / Took(found):0.00}",
                Section.Milliseconds(found.Clients.Percentile(0.5)), Section.Milliseconds(found.Clients.Percentile(0.99)), Section.Milliseconds(found.Clients.Max),
                $"{found.WalBytes / 1e6:N0}",
                $"{found.Growth:0.00}",
                found.Run?.PeakMemory is { } peak ? $"{peak / 1e6:0}" : "-",
                HalfWay(found) is { } half ? $"{half / 1e6:0}" : "-",
                $"{found.Left}",
            }),
        ];
        return $"""
            {Section.Facts(server, load, $"{options.Rows:N0} rows of dsos without an organization, uuid keys in no order, with the updated_at trigger, the index on org_id and the foreign key; a new copy for each way; {options.Rate} transactions a second of clients beside it, as in the stall benchmark")}

            {MarkdownTable.Of(rows)}

            {string.Join('\n', Verdicts(limit, measurements))}

            Each way ran once, in this order. fsync and synchronous_commit are off, so a commit costs nothing here: on a disk, many batches wait for it more often
            than one statement does. WAL is also that of the clients beside it, for as long as a way takes.

            **one UPDATE** is the limit: one statement, one transaction, and clients wait for it to the end. **psql** is a loop with COMMIT that many
            write by hand. **orgschema** is the migration BackfillDsosOrgId of `orgschema migrate`, with its checkpoint, its pauses and its eye on clients.
            **memory** is the peak of our process, **half way** the peak until the middle of the backfill. Latency counts from when a request was due.
            """;
    }

    private static IEnumerable<string> Verdicts(TimeSpan limit, List<BackfillMeasurement> measurements)
    {
        foreach (var (found, workers) in measurements.Where(found => found.Run is not null).Select((found, place) => (found, 1 << place)))
        {
            var ratio = limit / Took(found);
            yield return workers == 1
                ? $"- Target: one worker at least 0.9 of one UPDATE: {Targets.Said(ratio >= 0.9)} with {ratio:0.00}"
                : $"- Target: {workers} workers faster than one UPDATE: {Targets.Said(ratio > 1)} with {ratio:0.00}";
            yield return $"- Target: slowest client statement under {Targets.SlowestAllowed.TotalMilliseconds:0} ms beside it: {Targets.Said(found.Clients.Max < Targets.SlowestAllowed)} with {Section.Milliseconds(found.Clients.Max)} ms";
            yield return $"- Target: memory under 120 MB: {Targets.Said(found.Run!.PeakMemory < 120_000_000)} with {found.Run!.PeakMemory / 1e6:0} MB";
        }
    }

    private static TimeSpan Took(BackfillMeasurement found) => found.Band.To - found.Band.From;

    private static long? HalfWay(BackfillMeasurement found) =>
        found.Run?.Memory.Where(sample => sample.Moment <= found.Band.From + (Took(found) / 2)).Select(sample => (long?)sample.Bytes).Max();
}
