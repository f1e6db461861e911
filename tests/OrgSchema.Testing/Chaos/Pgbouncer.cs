using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using NUnit.Framework;

namespace OrgSchema.Testing;

/// <summary>A connection pooler in front of one database, as Supabase has one.</summary>
public sealed class Pgbouncer : IAsyncDisposable
{
    /// <summary>How many backends it keeps.</summary>
    public const int PoolSize = 5;

    private readonly ScratchFolder _folder;
    private readonly Process _process;

    private Pgbouncer(ScratchFolder folder, Process process, string url) => (_folder, _process, Url) = (folder, process, url);

    /// <summary>The database through the pooler, as the role that migrates.</summary>
    public string Url { get; }

    /// <summary>Starts it.</summary>
    /// <param name="database">The database behind it.</param>
    /// <param name="mode"><c>session</c> or <c>transaction</c>.</param>
    public static async Task<Pgbouncer> StartAsync(TestDatabase database, string mode)
    {
        var program = new[] { "/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer" }.FirstOrDefault(File.Exists);
        if (program is null)
            Assert.Ignore("There is no pgbouncer on this machine: apt-get install pgbouncer.");
        var target = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        var (folder, port) = (new ScratchFolder(), FreePort());
        await File.WriteAllTextAsync(folder["users.txt"], $"\"{target.Username}\" \"{target.Password}\"\n");
        await File.WriteAllTextAsync(folder["pgbouncer.ini"], $"""
            [databases]
            {database.Name} = host={target.Host} port={target.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {folder["users.txt"]}
            pool_mode = {mode}
            default_pool_size = {PoolSize}
            """);
        string[] user = Environment.IsPrivilegedProcess ? ["--user", "nobody"] : [];
        var process = Process.Start(new ProcessStartInfo(program!, [.. user, "--quiet", folder["pgbouncer.ini"]]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _ = process.StandardError.ReadToEndAsync();
        while (!await AnswersAsync(port))
        {
            Assert.That(process.HasExited, Is.False, "pgbouncer has ended");
            await Task.Delay(20);
        }

        return new Pgbouncer(folder, process, string.Create(CultureInfo.InvariantCulture, $"postgres://{target.Username}:{target.Password}@127.0.0.1:{port}/{database.Name}"));
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
