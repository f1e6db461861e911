using CliWrap;
using Npgsql;
using OrgSchema.LocalPostgres;

namespace OrgSchema.Testing;

/// <summary>A throw-away server in a folder of its own: gone, with its data, at the end.</summary>
public sealed class ScratchServer : IAsyncDisposable
{
    private readonly ScratchFolder _folder;
    private readonly string _password;
    private readonly ServerOptions _options;
    private int _port;

    private ScratchServer(ScratchFolder folder, PostgresBinaries binaries, string password, ServerOptions options)
    {
        (_folder, _password, _options) = (folder, password, options);
        Server = new PostgresServer(binaries, folder["server"], password);
    }

    /// <summary>The server.</summary>
    public PostgresServer Server { get; }

    /// <summary>Finds PostgreSQL, initializes and starts a server.</summary>
    public static async Task<ScratchServer> StartAsync(Dictionary<string, string>? settings = null)
    {
        var options = new ServerOptions { Durability = Durability.ThrowAway, Settings = settings ?? [] };
        var scratch = new ScratchServer(new ScratchFolder(), await PostgresBinaries.FindAsync(), PostgresServer.NewPassword(), options);
        try
        {
            await scratch.Server.InitAsync(Durability.ThrowAway);
            await scratch.Server.StartAsync(options);
            return scratch;
        }
        catch
        {
            scratch._folder.Dispose();
            throw;
        }
    }

    /// <summary>Starts a server that follows this one, and answers questions meanwhile.</summary>
    public async Task<ScratchServer> AddStandbyAsync()
    {
        var standby = new ScratchServer(new ScratchFolder(), Server.Binaries, _password, _options);
        try
        {
            await CopyDataAsync(standby.Server.DataFolder);
            // For root the server runs as somebody else: as whom, the first one's data tells.
            await Cli.Wrap("chown").WithArguments(["--recursive", "--reference", Server.DataFolder, standby._folder["server"]]).ExecuteAsync();
            await standby.Server.StartAsync(standby._options);
            return standby;
        }
        catch
        {
            standby._folder.Dispose();
            throw;
        }
    }

    // As pg_basebackup does, which not every distribution has: https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
    private async Task CopyDataAsync(string folder)
    {
        await using var connection = new NpgsqlConnection(Server.ConnectionString());
        await connection.OpenAsync();
        await connection.ExecuteAsync("SELECT pg_backup_start('standby', fast => true)");
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        await Cli.Wrap("cp").WithArguments(["--archive", Server.DataFolder, folder]).ExecuteAsync();
        await using (var stop = new NpgsqlCommand("SELECT labelfile FROM pg_backup_stop()", connection))
            await File.WriteAllTextAsync(Path.Combine(folder, "backup_label"), (string)(await stop.ExecuteScalarAsync())!);
        File.Delete(Path.Combine(folder, "postmaster.pid"));
        await File.WriteAllTextAsync(Path.Combine(folder, "standby.signal"), "");
        await File.AppendAllTextAsync(Path.Combine(folder, "postgresql.auto.conf"), $"primary_conninfo = '{PostgresUrl.From(Server.ConnectionString())}'\n");
    }

    /// <summary>Ends it as a crash does: what is not written to its files is lost.</summary>
    public async Task CrashAsync()
    {
        _port = Server.Port;
        await Server.StopAsync(StopMode.Immediate);
    }

    /// <summary>Starts it again after a crash, where its clients look for it.</summary>
    public Task StartAgainAsync() => Server.StartAsync(_options with { Port = _port });

    /// <summary>Stops it at once and deletes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await Server.StopAsync(StopMode.Immediate);
        _folder.Dispose();
    }
}
