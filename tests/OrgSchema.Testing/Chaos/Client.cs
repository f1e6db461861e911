using Npgsql;

namespace OrgSchema.Testing;

/// <summary>One statement of a client: afterwards the row with this key has this value; null: it is gone.</summary>
internal sealed record ClientWrite(Guid Key, string? Value, string Sql);

/// <summary>A client with a journal: what the server has acknowledged must be there at the end.</summary>
internal abstract class Client(TestDatabase database, int seed)
{
    private readonly Dictionary<Guid, string?> _journal = [];
    private readonly List<string> _errors = [];
    private readonly TaskCompletionSource _hasWorked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NpgsqlConnection? _connection;

    /// <summary>Ends with the first write that the server has acknowledged.</summary>
    public Task HasWorked => _hasWorked.Task;

    /// <summary>Writes that the server has acknowledged.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>What it was told that it should not be.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_errors)
                return [.. _errors];
        }
    }

    protected Random Random { get; } = new(seed);

    /// <summary>Keys of rows that are there, by its journal.</summary>
    protected IEnumerable<Guid> Keys => _journal.Where(row => row.Value is not null).Select(row => row.Key);

    protected abstract ClientWrite Next();

    protected abstract Task<NpgsqlConnection> OpenAsync(TestDatabase database);

    /// <summary>Key and value, as text, of the rows with these keys.</summary>
    protected abstract string Read(string keys);

    /// <summary>Writes until it is told to stop; the pauses are those of people.</summary>
    public async Task WorkAsync(ClientTolerance tolerance, CancellationToken stop)
    {
        ClientWrite? write = null;
        var place = database;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _connection ??= await ConnectAsync(place);
                if (write is not null)
                    await SettleAsync(write);
                write = Next();
                await _connection.ExecuteAsync(write.Sql);
                (_journal[write.Key], Acknowledged) = (write.Value, Acknowledged + 1);
                _hasWorked.TrySetResult();
                write = null;
            }
            catch (PostgresException e) when (e.SqlState == tolerance.State)
            {
                write = null; // refused as a whole
            }
            catch (Exception e) when (tolerance.LostConnections && IsLost(e))
            {
                if (_connection is not null)
                    await _connection.DisposeAsync();
                (_connection, place) = (null, tolerance.Elsewhere ?? database);
            }
            catch (Exception e)
            {
                lock (_errors)
                    _errors.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {GetType().Name}: {e.GetType().Name}: {e.Message} in: {write?.Sql}");
                write = null;
            }

            await Task.Delay(Random.Next(4, 20), CancellationToken.None);
        }

        if (write is not null)
        {
            _connection ??= await ConnectAsync(place);
            await SettleAsync(write);
        }

        if (_connection is not null)
            await _connection.DisposeAsync();
    }

    /// <summary>Rows that are not as the journal says.</summary>
    public async Task<IReadOnlyList<string>> LostAsync(ClientTolerance tolerance)
    {
        await using var connection = await OpenAsync(tolerance.Elsewhere ?? database);
        var rows = await RowsAsync(connection, _journal.Keys);
        return [.. _journal.Where(row => rows.GetValueOrDefault(row.Key) != row.Value).Select(row => $"{row.Key}: '{row.Value}' is '{rows.GetValueOrDefault(row.Key)}'")];
    }

    public override string ToString() => GetType().Name;

    // A standby that has not taken over yet may not know everything that was acknowledged, and takes no writes.
    private async Task<NpgsqlConnection> ConnectAsync(TestDatabase place)
    {
        var connection = await OpenAsync(place);
        if (!await connection.ScalarAsync<bool>("SELECT pg_is_in_recovery()"))
            return connection;
        await connection.DisposeAsync();
        throw new IOException("The standby has not taken over yet.");
    }

    // The connection was lost before the answer: only the server knows whether the write was done.
    private async Task SettleAsync(ClientWrite write)
    {
        var actual = (await RowsAsync(_connection!, [write.Key])).GetValueOrDefault(write.Key);
        if (actual == write.Value)
            _journal[write.Key] = actual;
    }

    private async Task<Dictionary<Guid, string?>> RowsAsync(NpgsqlConnection connection, IEnumerable<Guid> keys)
    {
        await using var command = new NpgsqlCommand(Read("$1"), connection) { Parameters = { new() { Value = keys.ToArray() } } };
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new Dictionary<Guid, string?>();
        while (await reader.ReadAsync())
            rows[reader.GetGuid(0)] = reader.IsDBNull(1) ? null : reader.GetString(1);
        return rows;
    }

    private static bool IsLost(Exception e) => e is PostgresException { SqlState: var state }
        ? state.StartsWith("57P", StringComparison.Ordinal) || state is PostgresErrorCodes.TooManyConnections
        : e is NpgsqlException or InvalidOperationException or IOException;
}

/// <summary>The old application: it knows nothing of organizations.</summary>
internal sealed class DsoClient(TestDatabase database, int number, int seed) : Client(database, seed + number)
{
    private int _serial;

    protected override Task<NpgsqlConnection> OpenAsync(TestDatabase database) => database.OpenAsync("service_role");

    protected override ClientWrite Next()
    {
        var mine = Keys.ToArray();
        var name = $"{Crowd.ClientNames} {number} {++_serial}";
        if (mine.Length < 20 || (mine.Length < 60 && Random.Next(2) == 0))
        {
            var id = Guid.NewGuid();
            return new(id, name, $"INSERT INTO public.dsos (id, name) VALUES ('{id}', '{name}')");
        }

        var key = mine[Random.Next(mine.Length)];
        return Random.Next(2) == 0
            ? new(key, name, $"UPDATE public.dsos SET name = '{name}' WHERE id = '{key}'")
            : new(key, null, $"DELETE FROM public.dsos WHERE id = '{key}'");
    }

    protected override string Read(string keys) => $"SELECT id, name FROM public.dsos WHERE id = ANY ({keys})";
}

/// <summary>People who sign in.</summary>
internal sealed class SignInClient(TestDatabase database, int seed) : Client(database, seed)
{
    private long _serial;

    protected override async Task<NpgsqlConnection> OpenAsync(TestDatabase database)
    {
        var connection = new NpgsqlConnection(database.SuperuserConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync("SET ROLE supabase_auth_admin");
        return connection;
    }

    protected override ClientWrite Next()
    {
        var (user, when) = (Crowd.User(Random.Next(1, 50)), ++_serial);
        return new(user, $"{when}", $"UPDATE auth.users SET last_sign_in_at = to_timestamp({when}) WHERE id = '{user}'");
    }

    protected override string Read(string keys) => $"SELECT id, extract(epoch FROM last_sign_in_at)::bigint::text FROM auth.users WHERE id = ANY ({keys})";
}
