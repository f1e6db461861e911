using OrgSchema.Testing;

namespace OrgSchema.Benchmarks;

/// <summary>How long it takes to apply all but contract on a new copy of the baseline, in turns.</summary>
internal static class ApplyBenchmark
{
    private const int Rows = 1_000;

    public static async Task<Section> RunAsync(int rounds, CancellationToken cancellationToken)
    {
        var load = Machine.Load;
        await using var server = await BenchServer.StartAsync();
        await server.FillAsync(Rows, 100, cancellationToken);
        await server.RenewAsync(Rows, cancellationToken);
        using var folder = new ScratchFolder();
        var target = Processes.Target(server.Url);
        var box = await ToolBox.OpenAsync(server, folder.Path, cancellationToken);
        await Processes.RunAsync([.. MigrationProcess.Program, "script", "--format", "sql", "--out", folder["sql"]], target, cancellationToken);
        var files = Directory.GetFiles(folder["sql"], "*.up.sql").Order(StringComparer.Ordinal).Where(file => !file.Contains("CloseOrgIdBridge", StringComparison.Ordinal)).ToList();

        var psql = new Timing("psql", "the limit: the files of `script`, a statement a round trip, with their conditions and no history");
        var others = new Timing("psql, the tools' files", "the files that the other tools apply, by psql in one session");
        var orgschema = new Timing("orgschema migrate", MigrationProcess.Description);
        List<(Timing Timing, IReadOnlyList<string> Command, IReadOnlyDictionary<string, string?> Environment)> all =
        [
            (psql, [server.Psql, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", .. files.SelectMany(file => new[] { "--file", file }), server.Url], target),
            (others, [server.Psql, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", .. box.Paths.SelectMany(file => new[] { "--file", file }), server.Url], target),
            (orgschema, [.. MigrationProcess.Program, "migrate", "--missing-users", "skip"], target),
            .. box.Tools.Select(tool => (new Timing(tool.Name, tool.What), tool.Command, tool.Environment)),
        ];
        List<MissingTool> missing = [.. box.Missing];
        var (before, steps, after) = (new Timing("", ""), new Timing("", ""), new Timing("", ""));
        for (var round = 0; round < rounds; round++)
        {
            Machine.Say($"apply: round {round + 1} of {rounds}");
            foreach (var (timing, command, environment) in all.ToList())
            {
                await server.RenewAsync(Rows, cancellationToken);
                await server.CheckpointAsync();
                try
                {
                    timing.Add(await Processes.RunAsync(command, environment, cancellationToken));
                }
                catch (InvalidOperationException e) when (timing != psql && timing != others && timing != orgschema)
                {
                    all.RemoveAll(one => one.Timing == timing);
                    missing.Add(new(timing.Name, $"does not apply the files: {e.Message}"));
                }
            }
        }

        for (var round = 0; round < rounds; round++)
        {
            await server.RenewAsync(Rows, cancellationToken);
            await server.CheckpointAsync();
            var began = Clock.Now;
            var run = await MigrationProcess.RunAsync(server.Url, ["migrate", "--missing-users", "skip"], remote: false, cancellationToken);
            before.Add(run.Migrations[0].From - began);
            steps.Add(run.Migrations[^1].To - run.Migrations[0].From);
            after.Add(began + run.Took - run.Migrations[^1].To);
        }

        return new Section("apply", "Apply all on a new database", $"""
            {Section.Facts(server, load, $"{rounds} rounds, each on a new copy of the baseline with {Rows:N0} rows; {files.Count} files for psql, {box.Files} for the other tools")}

            {MarkdownTable.Of([Timing.Head("psql"), .. all.OrderBy(one => one.Timing.Median).Select(one => one.Timing.Row(psql))])}

            Eleven of the twelve steps: contract has a command of its own, which waits for the old application to be gone.

            Target: at most 1.3 times psql: {Targets.Said(orgschema.Median <= psql.Median * 1.3)} with {orgschema.Median / psql.Median:0.00}x. Where `migrate` spends it, in runs of their own:
            {Section.Milliseconds(before.Median)} ms until the first step (start, two log-ins, proof that the sessions stick, preflight, private schema), {Section.Milliseconds(steps.Median)} ms for the steps ({steps.Median / psql.Median:0.00} times
            psql: each looks at the lock queue and at the runner lock before it locks anything, and keeps version table and run log), {Section.Milliseconds(after.Median)} ms to verify.
            What psql does not do at all is the first and the last of them.
            {string.Concat(missing.Select(tool => $"\n- {tool.Name}: {tool.Why}"))}
            """);
    }
}
