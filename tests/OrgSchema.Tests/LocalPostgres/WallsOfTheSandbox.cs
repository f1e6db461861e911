using System.Net;
using System.Net.Sockets;
using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>What even a superuser of a throw-away server cannot reach, where there is a sandbox.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
[Parallelizable(ParallelScope.Self)] // one connection for all
[Platform("Linux", Reason = "bubblewrap is for Linux")]
public sealed class WallsOfTheSandbox
{
    private ThrowAwayServer _server = null!;
    private NpgsqlConnection _superuser = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        await TestServer.GetAsync(); // without a PostgreSQL these are ignored too
        _server = await ThrowAwayServer.StartAsync(await PostgresBinaries.FindAsync(), new Dictionary<string, string>());
        if (_server.NoSandboxReason is { } why)
            Assert.Ignore($"There is no sandbox: {why}.");
        _superuser = new NpgsqlConnection(_server.ConnectionString());
        await _superuser.OpenAsync();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_superuser is not null)
            await _superuser.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [Test]
    public async Task Files_of_others_are_not_there()
    {
        using var folder = new ScratchFolder();
        await File.WriteAllTextAsync(folder["everybody's"], "secret");

        Assert.That(await RunAsync($"cat {folder.Path}/* /etc/shadow /etc/hostname; ls /home /root /var; true"), Is.Empty);
        Assert.That(await RunAsync("touch /usr/x /etc/x /var/x && echo written; true"), Is.Empty);
    }

    [Test]
    public async Task Other_processes_are_not_there() => Assert.That(
        await RunAsync("cat /proc/[0-9]*/comm | sort -u"), Is.SubsetOf(new[] { "bwrap", "cat", "postgres", "sh", "sort" }));

    [Test]
    public async Task The_network_is_not_there()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        Assert.That(await RunAsync($"bash -c 'echo hello > /dev/tcp/127.0.0.1/{port} && echo connected'; true"), Is.Empty);
        Assert.That(await RunAsync("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '"), Is.EqualTo(new[] { "lo" }));
    }

    [Test]
    public async Task A_statement_is_canceled_through_them()
    {
        await using var command = new NpgsqlCommand("SELECT pg_catalog.pg_sleep(3600)", _superuser);
        using var interrupt = new CancellationTokenSource();
        var asleep = command.ExecuteNonQueryAsync(interrupt.Token);
        await using var watcher = await Stranger.ConnectAsync(_server.ConnectionString());
        await watcher.UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')");

        await interrupt.CancelAsync();

        Assert.That(() => asleep, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_function_without_an_end_ends_with_the_server()
    {
        var server = await ThrowAwayServer.StartAsync(await PostgresBinaries.FindAsync(), new Dictionary<string, string>());
        await using var superuser = await Stranger.ConnectAsync(server.ConnectionString());
        var endless = superuser.Connection.ExecuteAsync("DO 'BEGIN LOOP PERFORM 1; END LOOP; END'");
        var name = new NpgsqlConnectionStringBuilder(server.ConnectionString()).Username!;
        Assert.That(() => ProcessesOf(name), Is.Not.Empty.After(60_000, 10));

        await server.DisposeAsync();

        Assert.That(() => endless, Throws.InstanceOf<NpgsqlException>());
        Assert.That(() => ProcessesOf(name), Is.Empty.After(60_000, 10));
    }

    // A backend has the name of its user in its title.
    private static List<string> ProcessesOf(string user) =>
        [.. Directory.GetDirectories("/proc").Select(CommandOf).Where(command => command.StartsWith($"postgres: {user} ", StringComparison.Ordinal))];

    private static string CommandOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // no process, or one that has ended
        }
    }

    private async Task<IReadOnlyList<string>> RunAsync(string command)
    {
        var sql = $"CREATE TEMP TABLE said (line text); COPY said FROM PROGRAM {Quoted(command)}; SELECT line FROM said";
        await using var copy = new NpgsqlCommand(sql, _superuser);
        var lines = new List<string>();
        await using (var reader = await copy.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                lines.Add(reader.GetString(0));
        }

        await _superuser.ExecuteAsync("DROP TABLE said");
        return lines;
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
