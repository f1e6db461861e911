using System.Security.Cryptography;

namespace OrgSchema.LocalPostgres;

/// <summary>
/// A server in a folder of its own, gone with all its data when it is disposed. Where it can be, it is in a sandbox, because it runs what
/// others have written.
/// </summary>
public sealed class ThrowAwayServer : IAsyncDisposable
{
    private readonly PostgresServer _server;
    private readonly string _folder;

    private ThrowAwayServer(PostgresServer server, string folder) => (_server, _folder) = (server, folder);

    /// <summary>What its sandbox is made with: bubblewrap, podman or docker; null if it is in none.</summary>
    public string? Sandbox { get; private set; }

    /// <summary>Why it is in no sandbox; null if it is in one.</summary>
    public string? NoSandboxReason { get; private set; }

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
        var folder = Path.Combine(Path.GetTempPath(), $"orgschema-{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
        // A name that nobody else's role has: roles of another server may be made here.
        var superuser = $"orgschema_{PostgresServer.NewPassword()}";
        var started = new ThrowAwayServer(new PostgresServer(binaries, folder, PostgresServer.NewPassword(), superuser), folder);
        try
        {
            await started._server.InitAsync(Durability.ThrowAway, cancellationToken);
            var options = new ServerOptions { Durability = Durability.ThrowAway, Settings = settings };
            var (sandbox, why) = await LocalPostgres.Sandbox.FindAsync(binaries, folder, cancellationToken);
            if (sandbox is not null)
                await started._server.StartAsync(sandbox, options, cancellationToken);
            else
                await started._server.StartAsync(options, cancellationToken);
            (started.Sandbox, started.NoSandboxReason) = (sandbox?.Name, sandbox is null ? why : null);
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
