namespace OrgSchema.LocalPostgres;

/// <summary>A server in a folder of its own, gone with all its data when it is disposed.</summary>
public sealed class ThrowAwayServer : IAsyncDisposable
{
    private readonly PostgresServer _server;
    private readonly string _folder;

    private ThrowAwayServer(PostgresServer server, string folder) => (_server, _folder) = (server, folder);

    /// <summary>Version of its programs.</summary>
    public Version Version => _server.Binaries.Version;

    /// <summary>Connection string of a database, as superuser.</summary>
    public string ConnectionString(string database = "postgres") => _server.ConnectionString(database);

    /// <summary>Initializes and starts it. Nothing of it is left when that fails or is canceled.</summary>
    /// <param name="binaries">The programs to run it with.</param>
    /// <param name="settings">As in postgresql.conf.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LocalPostgresException">It does not start.</exception>
    public static async Task<ThrowAwayServer> StartAsync(PostgresBinaries binaries, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken = default)
    {
        // Not the cache folder: what a killed process leaves is the system's to clean up there.
        var folder = Path.Combine(Path.GetTempPath(), $"orgschema-{Guid.NewGuid():N}");
        // A name that nobody else's role has: roles of another server may be made here.
        var superuser = $"orgschema_{PostgresServer.NewPassword()}";
        var started = new ThrowAwayServer(new PostgresServer(binaries, folder, PostgresServer.NewPassword(), superuser), folder);
        try
        {
            await started._server.InitAsync(Durability.ThrowAway, cancellationToken);
            await started._server.StartAsync(new ServerOptions { Durability = Durability.ThrowAway, Settings = settings }, cancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops it at once and deletes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(StopMode.Immediate, CancellationToken.None);
        await ServerUser.DeleteAsync(_folder, CancellationToken.None);
    }
}
