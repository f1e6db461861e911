using System.Diagnostics;
using System.Net.Sockets;
using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>For root the server's folder belongs to somebody else, who may put there what they like.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
[Parallelizable(ParallelScope.Self)]
public sealed class HostileServerFolder
{
    private ScratchFolder _folder = null!;
    private PostgresServer _server = null!;

    [OneTimeSetUp]
    public async Task Initialize()
    {
        await TestServer.GetAsync(); // without a PostgreSQL these are ignored too
        _folder = new ScratchFolder();
        _server = new PostgresServer(await PostgresBinaries.FindAsync(), Path.Combine(_folder.Path, "server"), PostgresServer.NewPassword());
        await _server.InitAsync(Durability.ThrowAway);
    }

    [OneTimeTearDown]
    public void Delete() => _folder?.Dispose();

    [TearDown]
    public async Task Stop() => await _server.StopAsync(StopMode.Immediate);

    [TestCase("orgschema.conf")]
    [TestCase("postmaster.pid")]
    [TestCase("../server.log")]
    public async Task Links_in_it_lead_nowhere(string name)
    {
        var outside = Path.Combine(_folder.Path, "outside");
        await File.WriteAllTextAsync(outside, "mine");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(outside, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var link = Path.Combine(_server.DataFolder, name);
        File.Delete(link);
        File.CreateSymbolicLink(link, outside);
        try
        {
            await _server.StartAsync();
        }
        catch (LocalPostgresException refused)
        {
            Assert.That(refused.Message, Does.Contain(_server.DataFolder).Or.Contain("cannot be used"));
        }
        finally
        {
            File.Delete(link);
        }

        if (Environment.IsPrivilegedProcess) // an ordinary user's server may do what they may do
            Assert.That(await File.ReadAllTextAsync(outside), Is.EqualTo("mine"));
        Assert.That(await OwnerAsync(outside), Is.EqualTo(await OwnerAsync(_folder.Path)));
    }

    [TestCase("postmaster.pid")]
    [TestCase("orgschema.conf")]
    public async Task Pipes_in_it_hold_nobody_up(string name)
    {
        var pipe = Path.Combine(_server.DataFolder, name);
        File.Delete(pipe);
        await RunAsync("mkfifo", pipe);
        await RunAsync("chmod", "666", pipe);
        try
        {
            await _server.StartAsync();
        }
        catch (LocalPostgresException refused)
        {
            Assert.That(refused.Message, Does.Contain(pipe));
        }
        finally
        {
            File.Delete(pipe);
        }
    }

    [Test]
    public async Task The_server_sees_nothing_of_our_environment()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Only Linux shows the environment of a process.");
        Environment.SetEnvironmentVariable("A_SECRET_OF_CI", "hunter2");
        await _server.StartAsync();
        var process = File.ReadLines(Path.Combine(_server.DataFolder, "postmaster.pid")).First();

        var variables = (await File.ReadAllTextAsync($"/proc/{process}/environ")).Split('\0', StringSplitOptions.RemoveEmptyEntries);

        string[] known = ["PATH", "HOME", "TMPDIR", "TMP", "TEMP", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC",
            "LC_TIME", "PGDATA", "PGLOCALEDIR", "PGSYSCONFDIR", "PG_GRANDPARENT_PID", "PWD", "OLDPWD", "SHLVL", "_"];
        Assert.That(variables.Select(variable => variable.Split('=')[0]), Is.SubsetOf(known));
    }

    [TestCase("postmaster.pid")]
    [TestCase("orgschema.conf")]
    public async Task Sockets_in_it_hold_nobody_up(string name)
    {
        var path = Path.Combine(_server.DataFolder, name);
        File.Delete(path);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            await _server.StartAsync();
        }
        catch (LocalPostgresException refused)
        {
            Assert.That(refused.Message, Does.Contain(_server.DataFolder));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public async Task Nor_does_pg_dump()
    {
        var programs = Directory.CreateDirectory(_folder["programs"]).FullName;
        var (seen, dump) = (Path.Combine(_folder["programs"], "seen"), Path.Combine(programs, "pg_dump"));
        await File.WriteAllTextAsync(dump, $"#!/bin/sh\n[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 99.1' || env > {seen}\n");
        await RunAsync("chmod", "755", dump);
        Environment.SetEnvironmentVariable("A_SECRET_OF_CI", "hunter2");

        var found = await PgDump.FindAsync(_server.Binaries, new PostgresSearch { Folders = [programs] }, 99);
        await found.SchemasAsync(new NpgsqlConnectionStringBuilder { Host = "h", Password = "p" }, ["public"], []);

        var names = (await File.ReadAllLinesAsync(seen)).Select(line => line.Split('=')[0]);
        string[] known = ["PATH", "HOME", "TMPDIR", "TMP", "TEMP", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"];
        Assert.That(names.Where(name => !name.StartsWith("PG", StringComparison.Ordinal)), Is.SubsetOf(known));
    }

    private static async Task<string> OwnerAsync(string path) => await RunAsync("stat", "-c", "%u", path);

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}
