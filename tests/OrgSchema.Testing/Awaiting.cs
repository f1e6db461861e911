using System.Diagnostics;

namespace OrgSchema.Testing;

/// <summary>Waits for a state that the server shows, never for a time.</summary>
public static class Awaiting
{
    /// <summary>How long a test waits for what must come. Only a failing test ever waits that long.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);

    /// <summary>Asks, as a superuser, until the query returns true.</summary>
    public static async Task UntilAsync(this TestDatabase database, string query)
    {
        await using var watcher = await Stranger.ConnectAsync(database.SuperuserConnectionString);
        await watcher.UntilAsync(query);
    }

    /// <summary>Asks over this connection until the query returns true.</summary>
    public static async Task UntilAsync(this Stranger watcher, string query)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await watcher.Connection.ScalarAsync<bool>(query))
        {
            if (Stopwatch.GetElapsedTime(began) > Bound)
                throw new TimeoutException($"This did not become true within {Bound.TotalSeconds} s: {query}");
            await Task.Delay(BetweenLooks);
        }
    }

    /// <summary>Waits until a session whose query contains <paramref name="query"/> waits for a lock.</summary>
    public static Task UntilWaitingForALockAsync(this TestDatabase database, string query) => database.UntilAsync(
        $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity
        WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid() AND wait_event_type = 'Lock' AND query LIKE '%{query}%')
        """);

    /// <summary>Waits until a session runs a query that contains <paramref name="query"/>.</summary>
    public static Task UntilRunningAsync(this TestDatabase database, string query) => database.UntilAsync(
        $"""
        SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity
        WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid() AND state = 'active' AND query LIKE '%{query}%')
        """);

    /// <summary>Waits until the transaction of a session is old. Default: older than the lock timeout that migrators have by default.</summary>
    public static Task UntilOldAsync(this TestDatabase database, Stranger stranger, string age = "100 milliseconds") => database.UntilAsync(
        $"SELECT xact_start < pg_catalog.clock_timestamp() - interval '{age}' FROM pg_catalog.pg_stat_activity WHERE pid = {stranger.ProcessId}");
}
