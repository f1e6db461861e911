using System.Runtime;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Benchmarks;

/// <summary>All that the stall benchmark has found out.</summary>
internal sealed record StallResult(StallOptions Options, string Postgres, DateTime Date, IReadOnlyList<Measurement> Measurements);

/// <summary>Runs clients and migrations side by side, one run after the other.</summary>
internal sealed class StallBenchmark
{
    // What the clients of a run allocate is less, so that no collection stops them.
    private const long NoCollectionFor = 200L << 20;

    private readonly BenchServer _server;
    private readonly StallOptions _options;
    private readonly CancellationToken _cancellationToken;

    private StallBenchmark(BenchServer server, StallOptions options, CancellationToken cancellationToken) =>
        (_server, _options, _cancellationToken) = (server, options, cancellationToken);

    public static async Task<StallResult> RunAsync(StallOptions options, CancellationToken cancellationToken)
    {
        var date = DateTime.UtcNow;
        await using var server = await BenchServer.StartAsync();
        var benchmark = new StallBenchmark(server, options, cancellationToken);
        var measurements = await benchmark.RunAllAsync(options.Rows, options.Users, Scenario.All(options));
        if (options.Scale)
            measurements.AddRange(await benchmark.RunAllAsync(options.Rows / StallOptions.Twentieth, options.Users / StallOptions.Twentieth, Scenario.Small));
        return new StallResult(options, server.Version, date, measurements);
    }

    private async Task<List<Measurement>> RunAllAsync(int rows, int users, IReadOnlyList<Scenario> scenarios)
    {
        Machine.Say($"{rows:N0} rows, {users:N0} users");
        await _server.FillAsync(rows, users, _cancellationToken);
        var measurements = new List<Measurement>();
        foreach (var scenario in scenarios.Where(scenario => _options.Only is null || scenario.Name.Contains(_options.Only, StringComparison.OrdinalIgnoreCase)))
        {
            Machine.Say(scenario.Name);
            if (scenario.Fresh || measurements.Count == 0)
                await _server.RenewAsync(rows, _cancellationToken);
            measurements.Add(await MeasureAsync(scenario, rows));
        }

        return measurements;
    }

    private async Task<Measurement> MeasureAsync(Scenario scenario, int rows)
    {
        if (scenario.Work == Work.DownToTables)
        {
            await RunAsync("migrate");
            await Children.CreateAsync(_server, _options.Children);
        }

        var keys = await _server.SettleAsync() with { Children = _options.Children };
        var load = Machine.Load;
        GC.TryStartNoGCRegion(NoCollectionFor);
        var watch = await LockWatch.StartAsync(_server);
        await using var observer = await _server.OpenAsync();
        using var traffic = Traffic.Start(_server, keys, scenario.Clients, _options.Rate);
        await Task.Delay(_options.WarmUp, _cancellationToken);

        var (from, wal, collections) = (Clock.Now, await WalAsync(), GC.GetTotalPauseDuration());
        await Task.Delay(_options.Margin, _cancellationToken);
        var reader = scenario.WithReader ? await ReadAsync() : null; // the inner task: it ends with the transaction
        var began = Clock.Now;
        var migrations = await WorkAsync(scenario.Work);
        var took = Clock.Now - began;
        var band = reader is null ? null : await reader;
        await Task.Delay(_options.Margin, _cancellationToken);

        (var to, collections) = (Clock.Now, GC.GetTotalPauseDuration() - collections);
        var requests = traffic.Stop();
        if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
            GC.EndNoGCRegion();
        return new Measurement
        {
            Scenario = scenario,
            Rows = rows,
            From = from,
            To = to,
            Requests = [.. requests.Where(request => request.Due >= from && request.Due <= to)],
            Migrations = migrations,
            Reader = band,
            Took = took,
            Locks = watch.Stop(),
            WalBytes = await WalAsync() - wal,
            Collections = collections,
            Load = load,
        };

        Task<long> WalAsync() => observer.ScalarAsync<long>("SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::bigint");
    }

    private async Task<IReadOnlyList<Band>> WorkAsync(Work work)
    {
        switch (work)
        {
            case Work.Up:
                return await RunAsync("migrate");
            case Work.Down:
                return await RunAsync("migrate", "down", "--all");
            case Work.DownToTables:
                return await RunAsync("migrate", "down", "--to", Children.Version);
            case Work.SeedFile:
                return await SeedFile.RunAsync(_server, _options.Cap, _cancellationToken);
            default:
                await Task.Delay(_options.FloorDuration, _cancellationToken);
                return [];
        }
    }

    private async Task<IReadOnlyList<Band>> RunAsync(params string[] arguments) =>
        (await MigrationProcess.RunAsync(_server.Url, arguments, remote: true, _cancellationToken)).Migrations;

    /// <summary>Reads dsos in a transaction that stays open, as a report or a forgotten terminal does.</summary>
    /// <returns>When it has read: the rest of it.</returns>
    private async Task<Task<Band>> ReadAsync()
    {
        var connection = await _server.OpenAsync(Baseline.LoginRole, "report");
        var began = Clock.Now;
        await connection.ExecuteAsync("SET ROLE service_role; BEGIN; SELECT name FROM public.dsos LIMIT 1");
        return HoldAsync();

        async Task<Band> HoldAsync()
        {
            await Task.Delay(_options.ReaderHolds, _cancellationToken);
            await connection.ExecuteAsync("COMMIT");
            await connection.DisposeAsync();
            return new Band("a transaction holds ACCESS SHARE on dsos", began, Clock.Now);
        }
    }
}
