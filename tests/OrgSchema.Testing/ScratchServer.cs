using OrgSchema.LocalPostgres;

namespace OrgSchema.Testing;

/// <summary>A throw-away server in a folder of its own: gone, with its data, at the end.</summary>
public sealed class ScratchServer : IAsyncDisposable
{
    private readonly ScratchFolder _folder;

    private ScratchServer(ScratchFolder folder, PostgresServer server)
    {
        _folder = folder;
        Server = server;
    }

    /// <summary>The server.</summary>
    public PostgresServer Server { get; }

    /// <summary>Finds PostgreSQL, initializes and starts a server.</summary>
    public static async Task<ScratchServer> StartAsync(Dictionary<string, string>? settings = null)
    {
        var binaries = await PostgresBinaries.FindAsync();
        var folder = new ScratchFolder();
        try
        {
            var server = new PostgresServer(binaries, folder["server"], PostgresServer.NewPassword());
            await server.InitAsync(Durability.ThrowAway);
            await server.StartAsync(new ServerOptions { Durability = Durability.ThrowAway, Settings = settings ?? [] });
            return new ScratchServer(folder, server);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Stops it at once and deletes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await Server.StopAsync(StopMode.Immediate);
        _folder.Dispose();
    }
}
