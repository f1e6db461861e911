using Npgsql;

namespace OrgSchema.Benchmarks;

/// <summary>
/// Clients at a fixed rate, whatever the answers: request n of a kind is due n intervals after the start. Each client is a
/// thread with a connection of its own, no task, so that the thread pool cannot make it late.
/// </summary>
internal sealed class Traffic : IDisposable
{
    // 16 connections of the busiest kind hold 200 ms of its requests. In a longer stall requests wait for a connection, and that counts.
    private const int ClientsOfAKind = 16;

    private readonly List<Lane> _lanes = [];
    private readonly CountdownEvent _ready;
    private readonly ManualResetEventSlim _go = new();
    private TimeSpan _began;
    private long _until = long.MaxValue;

    private Traffic(int kinds) => _ready = new(kinds * ClientsOfAKind);

    /// <summary>Connects all clients, and lets them go.</summary>
    public static Traffic Start(BenchServer server, Keys keys, IReadOnlyList<ClientKind> kinds, int rate)
    {
        var traffic = new Traffic(kinds.Count);
        foreach (var kind in kinds)
            traffic._lanes.Add(new Lane(traffic, server, keys, kind, TimeSpan.FromSeconds(1 / (rate * kind.Share))));
        traffic._ready.Wait();
        traffic._began = Clock.Now;
        traffic._go.Set();
        return traffic;
    }

    /// <summary>Sends no more, waits for the answers, and returns all requests.</summary>
    public List<Request> Stop()
    {
        Interlocked.Exchange(ref _until, Clock.Now.Ticks);
        return [.. _lanes.SelectMany(lane => lane.Join()).OrderBy(request => request.Due)];
    }

    /// <summary>After <see cref="Stop"/>.</summary>
    public void Dispose()
    {
        _ready.Dispose();
        _go.Dispose();
    }

    /// <summary>The clients of one kind, which share a schedule: whoever is free takes the next request.</summary>
    private sealed class Lane
    {
        private readonly Traffic _traffic;
        private readonly ClientKind _kind;
        private readonly TimeSpan _interval;
        private readonly (Thread Thread, List<Request> Requests)[] _clients;
        private Exception? _broken;
        private int _next;

        public Lane(Traffic traffic, BenchServer server, Keys keys, ClientKind kind, TimeSpan interval)
        {
            (_traffic, _kind, _interval) = (traffic, kind, interval);
            _clients = [.. Enumerable.Range(0, ClientsOfAKind).Select(_ => Client(server, keys))];
            foreach (var (thread, _) in _clients)
                thread.Start();
        }

        public IEnumerable<Request> Join()
        {
            foreach (var (thread, _) in _clients)
                thread.Join();
            return _broken is null ? _clients.SelectMany(client => client.Requests) : throw new InvalidOperationException($"A client ({_kind.Name}) broke.", _broken);
        }

        private (Thread Thread, List<Request> Requests) Client(BenchServer server, Keys keys)
        {
            var requests = new List<Request>(1_000);
            var thread = new Thread(() =>
            {
                try
                {
                    Run(server, keys, requests);
                }
                catch (Exception e)
                {
                    _broken = e;
                    if (!_traffic._go.IsSet)
                        _traffic._ready.Signal();
                }
            })
            { IsBackground = true, Name = _kind.Name };
            return (thread, requests);
        }

        private void Run(BenchServer server, Keys keys, List<Request> requests)
        {
            using var connection = _kind.Open(server);
            using var command = _kind.Prepare(connection, keys);
            command.ExecuteNonQuery(); // its own first use is not what is measured
            _traffic._ready.Signal();
            _traffic._go.Wait();
            while (true)
            {
                var due = _traffic._began + ((Interlocked.Increment(ref _next) - 1) * _interval);
                var free = Clock.Now;
                Clock.SleepUntil(due);
                if (due.Ticks > Interlocked.Read(ref _traffic._until))
                    return;
                var started = Clock.Now;
                var failed = !Execute(command, _kind.Values(keys));
                requests.Add(new Request(_kind, due, started, Clock.Now, OnTime: free <= due, failed));
            }
        }

        private static bool Execute(NpgsqlCommand command, object[] values)
        {
            for (var i = 0; i < values.Length; i++)
                command.Parameters[i].Value = values[i];
            try
            {
                command.ExecuteNonQuery();
                return true;
            }
            catch (PostgresException)
            {
                return false;
            }
        }
    }
}
