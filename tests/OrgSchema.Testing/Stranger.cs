using Npgsql;

namespace OrgSchema.Testing;

/// <summary>A client that knows nothing of migrations. Closing its connection ends its transaction and gives up its locks.</summary>
public sealed class Stranger : IAsyncDisposable
{
    private Stranger(NpgsqlConnection connection) => (Connection, ProcessId) = (connection, connection.ProcessID);

    /// <summary>Its connection.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>Its process on the server.</summary>
    public int ProcessId { get; }

    /// <summary>Connects, as the application <c>stranger</c>.</summary>
    public static async Task<Stranger> ConnectAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "stranger", Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return new Stranger(connection);
    }

    /// <summary>Disconnects.</summary>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
