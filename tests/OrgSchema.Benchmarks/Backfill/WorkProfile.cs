namespace OrgSchema.Benchmarks;

/// <summary>What the sessions that fill the column were seen doing, by looks at <c>pg_stat_activity</c>.</summary>
/// <param name="AtWork">The part of the time in which a statement of a session ran.</param>
/// <param name="Waiting">The part of that in which it waited: for pages, for locks, for the log.</param>
internal sealed record WorkProfile(double AtWork, double Waiting)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <summary>Looks until it is told to stop.</summary>
    /// <param name="server">Where.</param>
    /// <param name="application">Whose sessions, as LIKE has it. Those that only watch do not count.</param>
    /// <param name="workers">How many work at once.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task<WorkProfile> WatchAsync(BenchServer server, string application, int workers, CancellationToken stop)
    {
        var sql = $"""
            SELECT count(*), count(*) FILTER (WHERE wait_event IS NOT NULL)
            FROM pg_stat_activity WHERE application_name LIKE '{application}' AND state = 'active' AND query LIKE '%public.dsos%'
            """;
        await using var connection = await server.ElsewhereAsync();
        var (looks, active, waiting) = (0, 0L, 0L);
        while (!stop.IsCancellationRequested)
        {
            await using (var command = new Npgsql.NpgsqlCommand(sql, connection))
            await using (var row = await command.ExecuteReaderAsync(CancellationToken.None))
            {
                await row.ReadAsync(CancellationToken.None);
                (looks, active, waiting) = (looks + 1, active + row.GetInt64(0), waiting + row.GetInt64(1));
            }

            await Task.Delay(BetweenLooks, CancellationToken.None);
        }

        return new WorkProfile((double)active / looks / workers, active == 0 ? 0 : (double)waiting / active);
    }
}
