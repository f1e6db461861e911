using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>One after the other, on one data folder: making one takes longer than all the rest.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
[Parallelizable(ParallelScope.Self)]
public sealed class RunningAServer
{
    private readonly string _password = PostgresServer.NewPassword();
    private ScratchFolder _folder = null!;
    private PostgresServer _server = null!;

    [OneTimeSetUp]
    public async Task Initialize()
    {
        await TestServer.GetAsync(); // without a PostgreSQL these are ignored too
        _folder = new ScratchFolder();
        _server = await NewServerAsync("server");
        await _server.InitAsync(Durability.ThrowAway);
    }

    [OneTimeTearDown]
    public void Delete() => _folder?.Dispose();

    [TearDown]
    public async Task Stop() => await _server.StopAsync(StopMode.Immediate);

    [Test]
    public async Task Lets_in_with_the_password_and_nobody_without()
    {
        await StartAsync();

        Assert.That(await QueryAsync("SELECT current_setting('is_superuser') || current_setting('server_encoding')"), Is.EqualTo("onUTF8"));
        Assert.That(() => QueryAsync("SELECT ''", password: "wrong"), Throws.TypeOf<PostgresException>().With.Property("SqlState").EqualTo(PostgresErrorCodes.InvalidPassword));
    }

    [Test]
    public async Task Listens_on_the_loopback_and_nowhere_else()
    {
        await StartAsync();

        Assert.That(await QueryAsync("SELECT current_setting('listen_addresses') || current_setting('unix_socket_directories')"), Is.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task Settings_are_taken_as_they_are()
    {
        await _server.StartAsync(new ServerOptions { Settings = new Dictionary<string, string> { ["max_connections"] = "33", ["cluster_name"] = "o'clock" } });

        Assert.That(await QueryAsync("SELECT current_setting('max_connections') || current_setting('cluster_name')"), Is.EqualTo("33o'clock"));
    }

    [Test]
    public async Task Nobody_reads_the_password_from_the_files_it_leaves()
    {
        await StartAsync();
        await _server.StopAsync();

        var files = Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories);
        Assert.That(files.Where(file => File.ReadAllText(file).Contains(_password)), Is.Empty);
    }

    [Test]
    public async Task Stops_and_starts_with_its_data()
    {
        await StartAsync();
        await QueryAsync("CREATE TABLE t AS SELECT 'kept' AS c; SELECT ''");
        await _server.StopAsync();
        Assert.That((_server.IsRunning, _server.Port), Is.EqualTo((false, 0)));

        await StartAsync();

        Assert.That(await QueryAsync("SELECT c FROM t"), Is.EqualTo("kept"));
    }

    [Test]
    public async Task Starting_twice_attaches()
    {
        await StartAsync();
        var port = _server.Port;

        await (await NewServerAsync("server")).StartAsync();

        Assert.That(_server.Port, Is.EqualTo(port));
    }

    [Test]
    public async Task A_file_of_a_dead_process_does_not_stop_a_start()
    {
        using var process = StartSleeper();
        process.Kill();
        await process.WaitForExitAsync();
        await CrashAsync(leaving: process.Id);

        await StartAsync();

        Assert.That(await QueryAsync("SELECT 'up'"), Is.EqualTo("up"));
    }

    [Test]
    public async Task A_file_whose_process_number_went_to_somebody_else_does_not_stop_a_start()
    {
        using var stranger = StartSleeper();
        await CrashAsync(leaving: stranger.Id);
        Assert.That(_server.IsRunning, Is.False);

        await _server.StopAsync(); // must not signal the stranger
        await StartAsync();

        Assert.That(await QueryAsync("SELECT 'up'"), Is.EqualTo("up"));
        Assert.That(stranger.HasExited, Is.False);
        stranger.Kill();
    }

    [Test]
    public async Task A_file_whose_process_number_went_to_another_server_does_not_stop_a_start()
    {
        await using var other = await ScratchServer.StartAsync();
        await CrashAsync(leaving: PostmasterOf(other.Server));

        await StartAsync();

        Assert.That(await QueryAsync("SELECT 'up'"), Is.EqualTo("up"));
        Assert.That(other.Server.IsRunning);
    }

    [Test]
    public async Task A_killed_server_starts_again()
    {
        await StartAsync();
        using (var postmaster = Process.GetProcessById(PostmasterOf(_server)))
        {
            postmaster.Kill();
            await postmaster.WaitForExitAsync();
        }

        await StartAsync();

        Assert.That(await QueryAsync("SELECT 'up'"), Is.EqualTo("up"));
    }

    [Test]
    public async Task A_taken_port_is_left_to_its_owner()
    {
        using var owner = new TcpListener(IPAddress.Loopback, 0);
        owner.Start();
        var taken = ((IPEndPoint)owner.LocalEndpoint).Port;

        await _server.StartAsync(new ServerOptions { Port = taken });

        Assert.That(_server.Port, Is.Not.Zero.And.Not.EqualTo(taken));
    }

    [Test]
    public async Task The_asked_port_is_used_when_it_is_free()
    {
        await StartAsync();
        var port = _server.Port;
        await _server.StopAsync();

        await _server.StartAsync(new ServerOptions { Port = port });

        Assert.That(_server.Port, Is.EqualTo(port));
    }

    [Test]
    public void A_start_that_fails_shows_the_end_of_the_log() =>
        Assert.That(() => _server.StartAsync(new ServerOptions { Settings = new Dictionary<string, string> { ["shared_buffers"] = "many" } }),
            Throws.TypeOf<LocalPostgresException>().With.Message.Contains("invalid value for parameter \"shared_buffers\"").And.Message.Contains(_server.LogFile));

    [Test]
    public async Task Root_is_told_who_must_reach_a_folder()
    {
        if (!Environment.IsPrivilegedProcess || OperatingSystem.IsWindows())
            Assert.Ignore("Only root's server runs as another user.");
        else
            Directory.CreateDirectory(_folder["mine"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var server = await NewServerAsync("mine/server");

        Assert.That(() => server.InitAsync(), Throws.TypeOf<LocalPostgresException>().With.Message
            .Contains("Permission denied").And.Message.Match($"runs as the user (postgres|nobody), who must .* reach {_folder["mine/server"]}"));
    }

    [Test]
    public async Task A_folder_that_cannot_be_made_is_told()
    {
        File.WriteAllText(_folder["file"], "");
        var server = await NewServerAsync("file/server");

        Assert.That(() => server.InitAsync(), Throws.TypeOf<LocalPostgresException>().With.Message.Contains(_folder["file/server"]).And.Message.Contains("choose another"));
    }

    [Test]
    public async Task An_interrupted_init_is_begun_anew()
    {
        var server = await NewServerAsync("interrupted");
        using var interruption = new CancellationTokenSource();
        using var watcher = new FileSystemWatcher(_folder.Path) { IncludeSubdirectories = true, EnableRaisingEvents = true };
        watcher.Created += (_, created) =>
        {
            if (created.Name!.EndsWith("PG_VERSION", StringComparison.Ordinal))
                interruption.Cancel(); // initdb is at work, and is killed
        };
        Assert.That(() => server.InitAsync(Durability.ThrowAway, interruption.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(server.IsInitialized, Is.False);

        await server.InitAsync(Durability.ThrowAway);

        Assert.That(server.IsInitialized);
        Assert.That(Directory.GetFileSystemEntries(_folder["interrupted"], "partial-*"), Is.Empty);
        await server.StartAsync();
        await server.StopAsync();
    }

    private async Task<PostgresServer> NewServerAsync(string folder) => new(await PostgresBinaries.FindAsync(), _folder[folder], _password);

    private Task StartAsync() => _server.StartAsync(new ServerOptions { Durability = Durability.ThrowAway });

    /// <summary>Leaves the server's file as a crash would, but with another process in it.</summary>
    private async Task CrashAsync(int leaving)
    {
        var path = Path.Combine(_server.DataFolder, "postmaster.pid");
        await StartAsync();
        var lines = await File.ReadAllLinesAsync(path);
        await _server.StopAsync();
        lines[0] = leaving.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(path, lines);
    }

    private static int PostmasterOf(PostgresServer server) =>
        int.Parse(File.ReadLines(Path.Combine(server.DataFolder, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>A process of the user that the server runs as: PostgreSQL takes only those for a server of its own.</summary>
    private static Process StartSleeper() => Environment.IsPrivilegedProcess
        ? Process.Start("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", "sleep", "600"])
        : Process.Start("sleep", ["600"]);

    private async Task<string?> QueryAsync(string sql, string? password = null)
    {
        var builder = new NpgsqlConnectionStringBuilder(_server.ConnectionString()) { Pooling = false };
        builder.Password = password ?? builder.Password;
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync();
        return await connection.ScalarAsync<string>(sql);
    }
}
