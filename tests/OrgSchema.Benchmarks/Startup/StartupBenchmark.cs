using System.Globalization;
using Npgsql;
using OrgSchema.Testing;

namespace OrgSchema.Benchmarks;

/// <summary>How long programs take that find nothing to do, in turns on the same database.</summary>
internal static class StartupBenchmark
{
    public static async Task<Section> RunAsync(int rounds, CancellationToken cancellationToken)
    {
        var load = Machine.Load;
        await using var server = await BenchServer.StartAsync();
        await server.FillAsync(1_000, 100, cancellationToken);
        await server.RenewAsync(1_000, cancellationToken);
        using var folder = new ScratchFolder();
        var target = Processes.Target(server.Url);
        await Processes.RunAsync([.. MigrationProcess.Program, "migrate", "--missing-users", "skip"], target, cancellationToken);
        var box = await ToolBox.OpenAsync(server, folder.Path, cancellationToken);

        var psql = new Timing("psql -c 'select 1'", "the floor: one connection, one answer");
        var migrate = new Timing("orgschema migrate", MigrationProcess.Description);
        var help = new Timing("orgschema --help", MigrationProcess.Description);
        var log = new Timing("orgschema log", "the same: one connection, one question");
        var status = new Timing("orgschema status", MigrationProcess.Description);
        List<(Timing Timing, IReadOnlyList<string> Command, IReadOnlyDictionary<string, string?> Environment)> all =
        [
            (psql, [server.Psql, "--no-psqlrc", "--command", "select 1", server.Url], target),
            (help, [.. MigrationProcess.Program, "--help"], target),
            (log, [.. MigrationProcess.Program, "log"], target),
            (status, [.. MigrationProcess.Program, "status"], target),
            (migrate, [.. MigrationProcess.Program, "migrate"], target),
        ];
        List<MissingTool> missing = [.. box.Missing];
        foreach (var tool in box.Tools)
        {
            try
            {
                Machine.Say($"startup: {tool.Name} applies its files");
                await Processes.RunAsync(tool.Command, tool.Environment, cancellationToken);
                all.Add((new(tool.Name, tool.What), tool.Command, tool.Environment));
            }
            catch (InvalidOperationException e)
            {
                missing.Add(new(tool.Name, $"does not apply the files: {e.Message}"));
            }
        }

        Machine.Say($"startup: {rounds} rounds of {all.Count} commands");
        await using var observer = await server.ElsewhereAsync();
        var postmaster = int.Parse((await observer.ScalarAsync<string>("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)"))!, CultureInfo.InvariantCulture);
        var working = TimeSpan.Zero;
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (timing, command, environment) in all)
            {
                var before = await WorkedAsync(observer, postmaster);
                timing.Add(await Processes.RunAsync(command, environment, cancellationToken));
                if (timing == migrate)
                    working += await WorkedAsync(observer, postmaster) - before;
            }
        }

        var own = working / rounds;
        var budget = psql.Median * 2 + own;
        return new Section("startup", "Start and nothing to do", $"""
            {Section.Facts(server, load, $"{rounds} rounds, each command once a round; {box.Files} files of `script --format supabase` are applied by every tool")}

            {MarkdownTable.Of([Timing.Head("psql"), .. all.OrderBy(one => one.Timing.Median).Select(one => one.Timing.Row(psql))])}

            The server itself worked {Section.Milliseconds(own)} ms (CPU of its session, mean) for a `migrate` that has nothing to do: most of it for the verification,
            which no other tool does. Target: twice psql and that, {Section.Milliseconds(budget)} ms: {Targets.Said(migrate.Median <= budget)} with {Section.Milliseconds(migrate.Median)} ms.

            {string.Join('\n', all.Where(one => box.Tools.Any(tool => tool.Name == one.Timing.Name)).Select(one => Beside(migrate, one.Timing)))}

            Where `migrate` spends it, by the medians above: {Section.Milliseconds(help.Median)} ms until the program has read its command line, {Section.Milliseconds(log.Median - help.Median)} ms to log in and ask once,
            {Section.Milliseconds(status.Median - log.Median)} ms for the history with the checksum of every migration and the DSOs of each organization, {Section.Milliseconds(migrate.Median - status.Median)} ms to verify: the structure, the
            rows, and what policies answer to each role of the data API. The floor of this program is what `orgschema log` takes: to start and to ask one question.
            {string.Concat(missing.Select(tool => $"\n- {tool.Name}: {tool.Why}"))}
            """);
    }

    private static string Beside(Timing migrate, Timing tool)
    {
        var allowed = tool.Name == "dbmate" ? 1.5 : 1;
        return $"- Target: {(allowed > 1 ? $"within {allowed:0.0}x of" : "ahead of")} {tool.Name}: {Targets.Said(migrate.Median <= tool.Median * allowed)} with {migrate.Median / tool.Median:0.00}x";
    }

    // CPU time of the sessions that have ended, as their parent sees it; who asks has not. (pg_stat_database.active_time begins
    // anew with each statement of a pipeline, and misses most of it.)
    private static async Task<TimeSpan> WorkedAsync(NpgsqlConnection observer, int postmaster)
    {
        while (await observer.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = 'live')"))
            await Task.Delay(1);
        var fields = (await File.ReadAllTextAsync($"/proc/{postmaster}/stat")).Split(") ")[1].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture))); // ticks of 1/100 s
    }
}
