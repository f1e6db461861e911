using Npgsql;
using OrgSchema.Testing;

namespace OrgSchema.Benchmarks;

/// <summary>How long one transaction held a lock that stops writers, or everybody.</summary>
/// <param name="Table">On what.</param>
/// <param name="Mode">The strongest seen.</param>
/// <param name="Seen">When first.</param>
/// <param name="AtLeast">From the first look that saw it to the last.</param>
/// <param name="AtMost">From the look before the first to the look after the last.</param>
internal sealed record LockHold(string Table, string Mode, TimeSpan Seen, TimeSpan AtLeast, TimeSpan AtMost);

/// <summary>What a <see cref="LockWatch"/> has seen, and the longest time between two of its looks: a lock that it did not see was held for less.</summary>
internal sealed record LocksSeen(IReadOnlyList<LockHold> Holds, TimeSpan LongestGap, TimeSpan MedianGap);

/// <summary>Looks at pg_locks every millisecond or so, from a session of its own that locks nothing of the application's.</summary>
internal sealed class LockWatch
{
    private static readonly string[] Tables = ["public.dsos", "auth.users"];

    private readonly NpgsqlConnection _connection;
    private readonly Dictionary<uint, string> _tables = [];
    private readonly Dictionary<(string Table, string Transaction), Open> _open = [];
    private readonly List<LockHold> _holds = [];
    private readonly List<TimeSpan> _gaps = new(100_000);
    private readonly Thread _thread;
    private volatile bool _stop;
    private Exception? _failure;

    private LockWatch(NpgsqlConnection connection)
    {
        _connection = connection;
        _thread = new Thread(WatchOrFail) { IsBackground = true, Name = "lock watch" };
    }

    public static async Task<LockWatch> StartAsync(BenchServer server)
    {
        var watch = new LockWatch(await server.OpenAsync(application: "bench: lock watch"));
        foreach (var table in Tables)
            watch._tables[await watch._connection.ScalarAsync<uint>($"SELECT '{table}'::regclass::oid")] = table;
        watch._thread.Start();
        return watch;
    }

    /// <exception cref="InvalidOperationException">It could not look all the time.</exception>
    public LocksSeen Stop()
    {
        _stop = true;
        _thread.Join();
        _connection.Dispose();
        if (_failure is not null)
            throw new InvalidOperationException("The locks were not watched to the end.", _failure);
        _gaps.Sort();
        return new LocksSeen(_holds, _gaps[^1], _gaps[_gaps.Count / 2]);
    }

    private void WatchOrFail()
    {
        try
        {
            Watch();
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            _failure = e; // on a thread of its own it would end the process
        }
    }

    // SHARE and above: what an ordinary writer has to wait for. Below are the locks of ordinary work, VALIDATE and CONCURRENTLY.
    private void Watch()
    {
        using var command = new NpgsqlCommand(
            """
            SELECT l.relation, l.mode, l.virtualtransaction
            FROM pg_catalog.pg_locks AS l
            WHERE l.locktype = 'relation' AND l.granted AND l.relation = ANY ($1)
              AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
            """,
            _connection)
        { Parameters = { new() { Value = _tables.Keys.ToArray(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Oid } } };
        command.Prepare();
        var before = Clock.Now;
        while (!_stop)
        {
            Thread.Sleep(1);
            before = Look(command, before);
        }
    }

    private TimeSpan Look(NpgsqlCommand command, TimeSpan previous)
    {
        var before = Clock.Now;
        var held = new Dictionary<(string, string), string>();
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                var (key, mode) = ((_tables[reader.GetFieldValue<uint>(0)], reader.GetString(2)), reader.GetString(1));
                if (!held.TryGetValue(key, out var other) || other != "AccessExclusiveLock")
                    held[key] = mode;
            }
        }

        var after = Clock.Now;
        _gaps.Add(after - previous);
        foreach (var ((key, open), gone) in _open.Select(entry => (entry, !held.ContainsKey(entry.Key))).ToList())
        {
            if (gone && _open.Remove(key))
                _holds.Add(new LockHold(key.Table, open.Mode, open.First, open.Last > open.First ? open.Last - open.First : TimeSpan.Zero, after - open.After));
        }

        foreach (var (key, mode) in held)
            _open[key] = _open.TryGetValue(key, out var open) ? open with { Mode = open.Mode == "AccessExclusiveLock" ? open.Mode : mode, Last = before } : new Open(mode, previous, after, before);
        return before;
    }

    private sealed record Open(string Mode, TimeSpan After, TimeSpan First, TimeSpan Last);
}
