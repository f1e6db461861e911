using System.Runtime.Versioning;
using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>One after the other, on one server, as it is kept from day to day.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
[Parallelizable(ParallelScope.Self)]
public sealed class KeepingALocalServer
{
    private ScratchFolder _folder = null!;
    private LocalServer _local = null!;

    [OneTimeSetUp]
    public async Task Prepare()
    {
        await TestServer.GetAsync(); // without a PostgreSQL these are ignored too
        _folder = new ScratchFolder();
        _local = new LocalServer(_folder["cache"]);
    }

    [OneTimeTearDown]
    public async Task Delete()
    {
        if (_folder is null)
            return;
        await _local.StopAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task The_port_and_the_rows_outlive_a_stop()
    {
        var first = await _local.ResetAsync();
        await QueryAsync(first, "INSERT INTO dsos (name) VALUES ('new'); SELECT ''");

        Assert.That(await _local.StopAsync(), Is.True);
        Assert.That(await _local.StopAsync(), Is.False);
        var second = await _local.EnsureStartedAsync();

        Assert.That(second.Url, Is.EqualTo(first.Url));
        Assert.That(await QueryAsync(second, "SELECT count(*)::text FROM dsos"), Is.EqualTo("6"));
    }

    [Test]
    public async Task A_reset_brings_the_baseline_back_whoever_is_connected()
    {
        var database = await _local.EnsureStartedAsync();
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync("DELETE FROM dsos");

        database = await _local.ResetAsync();

        Assert.That(await QueryAsync(database, "SELECT count(*)::text FROM dsos"), Is.EqualTo("5"));
    }

    [Test]
    public async Task An_interrupted_baseline_is_begun_anew()
    {
        var database = await _local.EnsureStartedAsync();
        NpgsqlConnection.ClearAllPools();
        await using (var connection = new NpgsqlConnection(database.SuperuserConnectionString))
        {
            await connection.OpenAsync();
            await connection.ExecuteAsync("""ALTER DATABASE app RENAME TO app_partial""");
        }

        // The session of the killed run may still be there.
        await using var orphan = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "app_partial" }.ConnectionString);
        await orphan.OpenAsync();
        await orphan.ExecuteAsync("DELETE FROM dsos");

        database = await _local.EnsureStartedAsync();

        Assert.That(await QueryAsync(database, "SELECT count(*)::text FROM dsos"), Is.EqualTo("5"));
    }

    [Test]
    public async Task Data_of_another_major_version_is_told_and_a_reset_rebuilds_it()
    {
        await _local.EnsureStartedAsync();
        await _local.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(_local.Folder, "server", "data", "PG_VERSION"), "14\n");

        Assert.That(() => _local.EnsureStartedAsync(), Throws.TypeOf<LocalPostgresException>().With.Message
            .Contains("made by PostgreSQL 14").And.Message.Contains("orgschema db reset"));
        Assert.That(await QueryAsync(await _local.ResetAsync(), "SELECT count(*)::text FROM dsos"), Is.EqualTo("5"));
    }

    [Test]
    public async Task A_lost_password_is_told_and_a_reset_makes_a_new_one()
    {
        await _local.EnsureStartedAsync();
        File.Delete(Path.Combine(_local.Folder, "state.json"));

        Assert.That(() => _local.EnsureStartedAsync(), Throws.TypeOf<LocalPostgresException>().With.Message.Contains("orgschema db reset"));
        Assert.That(await QueryAsync(await _local.ResetAsync(), "SELECT count(*)::text FROM dsos"), Is.EqualTo("5"));
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    [Platform(Exclude = "Win", Reason = "there it is the profile folder that keeps others out")]
    public async Task Only_its_owner_reads_the_password()
    {
        await _local.EnsureStartedAsync();

        Assert.That(File.GetUnixFileMode(Path.Combine(_local.Folder, "state.json")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void A_folder_that_cannot_be_made_is_told()
    {
        File.WriteAllText(_folder["file"], "");

        Assert.That(() => new LocalServer(_folder["file/cache"]).EnsureStartedAsync(), Throws.TypeOf<LocalPostgresException>()
            .With.Message.Contains(_folder["file/cache"]).And.Message.Contains("XDG_CACHE_HOME"));
    }

    [Test]
    public async Task Psql_is_logged_in_and_its_exit_code_comes_back()
    {
        var database = await _local.EnsureStartedAsync();

        Assert.That(await database.PsqlAsync(["--no-psqlrc", "--quiet", "-c", $"COPY (SELECT current_user, current_database()) TO STDOUT \\g {_folder["out"]}"]), Is.Not.Zero);
        Assert.That(await database.PsqlAsync(["--no-psqlrc", "--tuples-only", "--no-align", "--output", _folder["out"], "-c", "SELECT current_user || ' in ' || current_database()"]), Is.Zero);
        Assert.That(await File.ReadAllTextAsync(_folder["out"]), Is.EqualTo("postgres in app\n"));
    }

    internal static async Task<string?> QueryAsync(LocalDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return await connection.ScalarAsync<string>(sql);
    }
}
