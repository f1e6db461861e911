using OrgSchema.Testing;

namespace OrgSchema.Benchmarks;

/// <summary>One degree of parallelism: the same databases, fresh each time, by psql and by the program.</summary>
internal sealed record FleetMeasurement(int Parallel, TimeSpan Psql, ProgramRun Migrate, ProgramRun Again);

/// <summary>Migrates many databases by one command, and by psql running the same SQL: the server's own time.</summary>
internal sealed class FleetBenchmark(BenchServer server, ScratchFolder folder, int count, CancellationToken cancellationToken)
{
    private const int Rows = 1_000;
    private const int Users = 100;

    private string[] Names { get; } = [.. Enumerable.Range(1, count).Select(n => $"customer_{n:0000}")];

    private string List => folder["fleet.txt"];

    public static async Task<Section> RunAsync(int databases, CancellationToken cancellationToken)
    {
        var load = Machine.Load;
        await using var server = await BenchServer.StartAsync();
        using var folder = new ScratchFolder();
        var benchmark = new FleetBenchmark(server, folder, databases, cancellationToken);
        await server.FillAsync(Rows, Users, cancellationToken);
        var scripts = await benchmark.ScriptsAsync();
        await File.WriteAllLinesAsync(benchmark.List, benchmark.Names.Select(name => $"{name} = {server.UrlOf(name)}"), cancellationToken);
        var measurements = new List<FleetMeasurement>();
        foreach (var parallel in (int[])[1, 2, 4, 8])
            measurements.Add(await benchmark.MeasureAsync(parallel, scripts));
        return new Section("fleet", "Many databases", Report(server, load, databases, measurements));
    }

    private async Task<FleetMeasurement> MeasureAsync(int parallel, string[] scripts)
    {
        Machine.Say($"psql, {parallel} at once");
        await RenewAsync();
        var began = Clock.Now;
        await Parallel.ForEachAsync(Names, new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken }, async (name, token) =>
            await server.PsqlAsync(server.UrlOf(name), scripts.SelectMany(script => new[] { "--file", script }), token));
        var psql = Clock.Now - began;
        Machine.Say($"orgschema, {parallel} at once");
        await RenewAsync();
        return new FleetMeasurement(parallel, psql, await MigrateAsync(parallel), await MigrateAsync(parallel));
    }

    private Task<ProgramRun> MigrateAsync(int parallel) =>
        MigrationProcess.RunAsync(server.Url, ["migrate", "--targets", List, "--parallel", $"{parallel}", "--missing-users", "skip"], remote: false, cancellationToken);

    private async Task RenewAsync()
    {
        foreach (var name in Names)
            await server.CopyAsync(Rows, name, cancellationToken);
        await server.CheckpointAsync();
    }

    // All ways up but the last, which is the contract migration.
    private async Task<string[]> ScriptsAsync()
    {
        await server.RenewAsync(Rows, cancellationToken);
        await MigrationProcess.RunAsync(server.Url, ["script", "--record", "--out", folder["sql"]], remote: false, cancellationToken);
        await server.DropAsync("live", cancellationToken);
        return [.. Directory.GetFiles(folder["sql"], "*.up.sql").Order(StringComparer.Ordinal).SkipLast(1)];
    }

    private static string Report(BenchServer server, double? load, int databases, List<FleetMeasurement> measurements)
    {
        string[][] rows =
        [
            ["at once", "psql, ms a database", "orgschema, ms a database", "ratio", "again, ms a database", "orgschema's memory, MB"],
            .. measurements.Select(found => new[]
            {
                $"{found.Parallel}", Each(found.Psql), Each(found.Migrate.Took), $"{found.Migrate.Took / found.Psql:0.00}", Each(found.Again.Took),
                found.Migrate.PeakMemory is { } bytes ? $"{bytes / 1e6:0}" : "",
            }),
        ];
        return $"""
            {Section.Facts(server, load, $"{databases} databases on that server, each the stand-in of the live database with {Rows:N0} DSOs; new copies for every row of the table and each of its first two figures")}

            {MarkdownTable.Of(rows)}

            - Target: with more at once a database takes less: {Targets.Said(measurements[1..].Min(found => found.Migrate.Took) < measurements[0].Migrate.Took)} with {Each(measurements[1..].Min(found => found.Migrate.Took))} against {Each(measurements[0].Migrate.Took)} ms
            - Target: memory under 120 MB: {Targets.Said(measurements.Max(Memory) < 120_000_000)} with {measurements.Max(Memory) / 1e6:0} MB
            - Target: toward the server's own time: {measurements[0].Migrate.Took / measurements[0].Psql:0.00} times psql one by one, {measurements.Min(found => found.Migrate.Took / found.Psql):0.00} times at best

            Each figure is of one run over all databases, psql before orgschema.

            **psql** runs the SQL that `orgschema script --record` writes, one process a database: it is the server's own time, without preflight,
            run log and verification. **orgschema** is one `migrate --targets`, from the start of the process to its end: it looks at all
            databases, then migrates the first one alone. **again**: the same command, with nothing to do.
            """;

        static long? Memory(FleetMeasurement found) => found.Migrate.PeakMemory;

        string Each(TimeSpan time) => $"{time.TotalMilliseconds / databases:0.0}";
    }
}
