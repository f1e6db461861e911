namespace OrgSchema.Benchmarks;

/// <summary>What the sessions that fill the column were seen doing, by looks at <c>pg_stat_activity</c>.</summary>
internal sealed class WorkProfile(IReadOnlyList<WorkProfile.Look> looks)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <summary>The part of the time in which a statement of a session ran.</summary>
    /// <param name="workers">How many work at once.</param>
    public double AtWork(int workers) => looks.Count == 0 ? 0 : looks.Average(look => (double)look.Active) / workers;

    /// <summary>The part of that in which it waited: for pages, for locks, for the log.</summary>
    public double Waiting => (double)looks.Sum(look => look.Waiting) / Math.Max(1, looks.Sum(look => look.Active));

    /// <summary>The same of a part of the time: a program also starts, asks before and verifies.</summary>
    public WorkProfile During(Band band) => new([.. looks.Where(look => look.Moment >= band.From && look.Moment <= band.To)]);

    /// <summary>Looks until it is told to stop.</summary>
    /// <param name="server">Where.</param>
    /// <param name="application">Whose sessions, as LIKE has it. Those that only watch do not count.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task<WorkProfile> WatchAsync(BenchServer server, string application, CancellationToken stop)
    {
        var sql = $"""
            SELECT count(*), count(*) FILTER (WHERE wait_event IS NOT NULL)
            FROM pg_stat_activity WHERE application_name LIKE '{application}' AND state = 'active' AND query LIKE '%public.dsos%'
            """;
        await using var connection = await server.ElsewhereAsync();
        var looks = new List<Look>();
        while (!stop.IsCancellationRequested)
        {
            await using (var command = new Npgsql.NpgsqlCommand(sql, connection))
            await using (var row = await command.ExecuteReaderAsync(CancellationToken.None))
            {
                await row.ReadAsync(CancellationToken.None);
                looks.Add(new Look(Clock.Now, row.GetInt64(0), row.GetInt64(1)));
            }

            await Task.Delay(BetweenLooks, CancellationToken.None);
        }

        return new WorkProfile(looks);
    }

    /// <summary>How many sessions a look saw at work, and how many of them waited.</summary>
    internal readonly record struct Look(TimeSpan Moment, long Active, long Waiting);
}
