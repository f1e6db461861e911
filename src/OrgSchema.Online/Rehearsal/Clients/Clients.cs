using System.Diagnostics;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>Clients that send statements at a fixed rate until they are told to stop. Each is a thread: the pool cannot make it late.</summary>
internal sealed class Clients : IAsyncDisposable
{
    /// <summary>Of each kind. A stall longer than that many statements is counted in full all the same: from when each was due.</summary>
    private const int OfAKind = 3;

    private readonly List<Thread> _threads = [];
    private readonly List<ClientRequest> _requests = [];
    private long _began;
    private DateTime _beganAt;
    private volatile bool _stopped;
    private Exception? _broken;

    /// <summary>Connects all of them and lets them go.</summary>
    /// <param name="ownerConnectionString">The database, as a role that may become every other one.</param>
    /// <param name="kinds">What they do.</param>
    /// <param name="cancellationToken">Cancels connecting.</param>
    public static async Task<Clients> StartAsync(string ownerConnectionString, IReadOnlyList<ClientKind> kinds, CancellationToken cancellationToken)
    {
        var clients = new Clients();
        var connections = new List<NpgsqlConnection>();
        try
        {
            foreach (var kind in kinds)
                await clients.AddAsync(kind, connections, ownerConnectionString, cancellationToken);
        }
        catch
        {
            connections.ForEach(connection => connection.Dispose());
            throw;
        }

        (clients._began, clients._beganAt) = (Stopwatch.GetTimestamp(), DateTime.UtcNow);
        clients._threads.ForEach(thread => thread.Start());
        return clients;
    }

    /// <summary>Stops them, waits for their answers, and returns all statements.</summary>
    /// <exception cref="InvalidOperationException">A client broke down, not the database.</exception>
    public async Task<IReadOnlyList<ClientRequest>> StopAsync()
    {
        await DisposeAsync();
        return _broken is null ? [.. _requests.OrderBy(request => request.Due)] : throw new InvalidOperationException("A client of the rehearsal broke down.", _broken);
    }

    public async ValueTask DisposeAsync()
    {
        _stopped = true;
        await Task.Run(() => _threads.ForEach(thread => thread.Join()));
    }

    private async Task AddAsync(ClientKind kind, List<NpgsqlConnection> connections, string connectionString, CancellationToken cancellationToken)
    {
        var schedule = new Schedule(TimeSpan.FromSeconds(1 / kind.PerSecond));
        for (var i = 0; i < OfAKind; i++)
        {
            var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0, ApplicationName = $"client: {kind.Name}" }.ConnectionString);
            connections.Add(connection);
            await connection.OpenAsync(cancellationToken);
            if (await PrepareAsync(connection, kind, cancellationToken) is not { } keys)
                continue;
            _threads.Add(new Thread(() => Run(connection, kind, keys, schedule)) { IsBackground = true, Name = kind.Name });
        }
    }

    private void Run(NpgsqlConnection connection, ClientKind kind, List<string> keys, Schedule schedule)
    {
        var requests = new List<ClientRequest>();
        try
        {
            using var _ = connection;
            using var command = new NpgsqlCommand(kind.Sql, connection);
            if (kind.Keys is not null)
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = "" });
            for (var number = schedule.Take(); SleepUntil(Due(number)); number = schedule.Take())
            {
                if (keys.Count > 0)
                    command.Parameters[0].Value = keys[(int)(number % keys.Count)];
                var error = Send(command);
                requests.Add(new ClientRequest(kind.Name, _beganAt + (number * schedule.Interval), Stopwatch.GetElapsedTime(Due(number)), error));
            }
        }
        catch (Exception e)
        {
            _broken = e;
        }

        lock (_requests)
            _requests.AddRange(requests);

        long Due(long number) => _began + (long)(number * schedule.Interval.TotalSeconds * Stopwatch.Frequency);
    }

    // None if the role is not there, nor anything to read or write. It waits however long a lock takes: the application's own timeouts would turn a long stall into a short error.
    private static async Task<List<string>?> PrepareAsync(NpgsqlConnection connection, ClientKind kind, CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        if (kind.Keys is not null)
        {
            await using var query = new NpgsqlCommand(kind.Keys, connection);
            await using var reader = await query.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                keys.Add(reader.GetString(0));
        }

        await using var become = new NpgsqlCommand("SELECT pg_catalog.set_config('role', $1, false), pg_catalog.set_config('statement_timeout', '0', false), pg_catalog.set_config('lock_timeout', '0', false)", connection);
        become.Parameters.Add(new NpgsqlParameter<string> { TypedValue = kind.Role });
        try
        {
            await become.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            return null;
        }

        return kind.Keys is null || keys.Count > 0 ? keys : null;
    }

    private static string? Send(NpgsqlCommand command)
    {
        try
        {
            command.ExecuteNonQuery();
            return null;
        }
        catch (PostgresException e)
        {
            return $"{e.SqlState}: {e.MessageText}";
        }
    }

    private bool SleepUntil(long due)
    {
        while (!_stopped)
        {
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (left <= TimeSpan.Zero)
                return true;
            Thread.Sleep(left < TimeSpan.FromMilliseconds(100) ? left : TimeSpan.FromMilliseconds(100));
        }

        return false;
    }

    /// <summary>Clients of a kind share it: whoever is free takes the next statement.</summary>
    private sealed class Schedule(TimeSpan interval)
    {
        private long _next;

        public TimeSpan Interval => interval;

        public long Take() => Interlocked.Increment(ref _next) - 1;
    }
}
