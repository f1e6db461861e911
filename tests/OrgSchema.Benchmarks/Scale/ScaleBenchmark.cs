namespace OrgSchema.Benchmarks;

/// <summary>One step at one size.</summary>
/// <param name="Step">The migration.</param>
/// <param name="Rows">Rows of the table.</param>
/// <param name="Took">Median of the rounds.</param>
/// <param name="Locked">The longest time that one transaction held a lock that stops writers, at most, in any round; zero where no look saw one.</param>
internal sealed record ScaleMeasurement(string Step, int Rows, TimeSpan Took, TimeSpan Locked);

/// <summary>Runs all steps on tables of several sizes.</summary>
internal static class ScaleBenchmark
{
    // Below it a lock may be held unseen, and a difference is noise.
    private static readonly TimeSpan Visible = TimeSpan.FromMilliseconds(5);

    public static async Task<Section> RunAsync(int[] sizes, int rounds, CancellationToken cancellationToken)
    {
        var load = Machine.Load;
        await using var server = await BenchServer.StartAsync();
        var measurements = new List<ScaleMeasurement>();
        var gap = TimeSpan.Zero;
        foreach (var rows in sizes)
        {
            Machine.Say($"{rows:N0} rows");
            await server.FillAsync(rows, users: 5_000, cancellationToken);
            var runs = new List<(ProgramRun Run, LocksSeen Locks)>();
            for (var round = 0; round < rounds; round++)
            {
                await server.RenewAsync(rows, cancellationToken);
                await server.CheckpointAsync();
                var watch = await LockWatch.StartAsync(server);
                var run = await MigrationProcess.RunAsync(server.Url, ["migrate", "--missing-users", "skip"], remote: false, cancellationToken);
                runs.Add((run, watch.Stop()));
            }

            measurements.AddRange(Of(runs, rows));
            gap = runs.Select(run => run.Locks.LongestGap).Append(gap).Max();
            await server.ForgetAsync(rows, cancellationToken);
        }

        return new Section("scale", "What grows with the table", Report(server, load, sizes, rounds, measurements, gap));
    }

    private static IEnumerable<ScaleMeasurement> Of(List<(ProgramRun Run, LocksSeen Locks)> runs, int rows) =>
        runs.SelectMany(run => run.Run.Migrations.Select(step => (Step: step, run.Locks))).GroupBy(found => found.Step.Name).Select(same => new ScaleMeasurement(
            same.Key,
            rows,
            same.Select(found => found.Step.To - found.Step.From).Order().ElementAt(same.Count() / 2),
            same.SelectMany(found => found.Locks.Holds.Where(hold => found.Step.From <= hold.Seen && hold.Seen <= found.Step.To)).Select(hold => hold.AtMost).Append(TimeSpan.Zero).Max()));

    private static string Report(BenchServer server, double? load, int[] sizes, int rounds, List<ScaleMeasurement> measurements, TimeSpan gap)
    {
        string[][] rows =
        [
            ["step", .. sizes.Select(size => $"{size:N0}"), "time grows as rows to the", .. sizes.Select(size => $"locked at {size:N0}")],
            .. measurements.GroupBy(found => found.Step).Select(step => (string[])
                [step.Key, .. step.Select(found => Section.Milliseconds(found.Took)), Growth([.. step]), .. step.Select(found => found.Locked == TimeSpan.Zero ? "-" : Section.Milliseconds(found.Locked))]),
        ];
        return $"""
            {Section.Facts(server, load, $"rows of dsos, new copies for each run; {(rounds == 1 ? "one run" : $"median of {rounds} runs")}; nobody else at work")}

            {MarkdownTable.Of(rows)}

            {string.Join('\n', Verdicts(sizes, measurements))}

            Milliseconds. **time grows as rows to the** power of that: the slope of a straight line through the logarithms of all sizes; 0 is no
            growth, 1 is in proportion. A step that never took {Visible.TotalMilliseconds:0} ms is not fitted. **locked**: the longest time that one transaction held SHARE or stronger on
            dsos or auth.users, as an upper bound, in any run; "-": no look saw one. Looks were at most {gap.TotalMilliseconds:0.0} ms apart.
            """;
    }

    // What reads or writes each row grows with them; all else changes the catalog.
    private static readonly string[] OfRows = ["ReferenceOrganizationFromDsos", "IndexDsosOrgId", "BackfillDsosOrgId", "RequireDsosOrgId"];

    private static IEnumerable<string> Verdicts(int[] sizes, List<ScaleMeasurement> measurements)
    {
        var constant = measurements.Where(found => !OfRows.Any(name => found.Step.EndsWith(name, StringComparison.Ordinal))).GroupBy(found => found.Step).ToList();
        foreach (var step in constant)
        {
            var (first, last) = (step.First(found => found.Rows == sizes[0]).Took, step.First(found => found.Rows == sizes[^1]).Took);
            yield return $"- Target: {step.Key} takes no longer at {sizes[^1]:N0} rows than at {sizes[0]:N0}, but for noise: {Targets.Said(last <= (first * 2) + Visible)} with {Section.Milliseconds(last)} against {Section.Milliseconds(first)} ms";
        }

        var longest = measurements.Max(found => found.Locked);
        yield return $"- Target: no strong lock longer than {Targets.LongestLockAllowed.TotalMilliseconds:0} ms at any size: {Targets.Said(longest <= Targets.LongestLockAllowed)} with {Section.Milliseconds(longest)} ms";
    }

    private static string Growth(IReadOnlyList<ScaleMeasurement> step) => step.All(found => found.Took < Visible) || step.Count < 2
        ? "-"
        : $"{Slope([.. step.Select(found => (Math.Log(found.Rows), Math.Log(found.Took.TotalMilliseconds)))]):0.00}";

    private static double Slope(IReadOnlyList<(double X, double Y)> points)
    {
        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        return points.Sum(point => (point.X - x) * (point.Y - y)) / points.Sum(point => (point.X - x) * (point.X - x));
    }
}
