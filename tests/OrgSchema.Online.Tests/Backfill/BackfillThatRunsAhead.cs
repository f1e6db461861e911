using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Replicas and archives that do not keep up.</summary>
public sealed class BackfillThatRunsAhead
{
    private ScratchServer _server = null!;
    private EmptyDatabase _database = null!;

    [SetUp]
    public async Task Start()
    {
        _server = await ScratchServer.StartAsync(new() { ["archive_mode"] = "on", ["archive_command"] = "true" });
        _database = await EmptyDatabase.CreateAsync(_server);
        await _database.ExecuteAsync("CREATE TABLE public.people (id integer PRIMARY KEY, team integer); INSERT INTO public.people SELECT pg_catalog.generate_series(1, 100)");
        await _database.ExecuteAsSuperuserAsync("GRANT pg_monitor TO postgres");
    }

    [TearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [Test]
    public async Task Of_a_replica_waits_for_it()
    {
        await using var standby = await _server.AddStandbyAsync();
        await using var replica = await Stranger.ConnectAsync(standby.Server.ConnectionString());
        await _database.UntilAsync($"{Write} AND EXISTS (SELECT FROM pg_stat_replication WHERE replay_lag IS NOT NULL)");
        await replica.Connection.ExecuteAsync("SELECT pg_wal_replay_pause()");
        await _database.UntilAsync($"{Write} AND EXISTS (SELECT FROM pg_stat_replication WHERE replay_lag > '200 ms')");
        await using var migrator = Migrator(new() { MaxReplicaLag = TimeSpan.FromMilliseconds(50) });

        var up = migrator.UpAsync();
        Assert.That((await migrator.UntilToldAsync<BackfillProgressed>()).Slow, Does.Match("^replica '.*' is [0-9]+ s behind$"));
        Assert.That(await DoneAsync(), Is.Zero);

        await replica.Connection.ExecuteAsync("SELECT pg_wal_replay_resume()");
        await up;
        Assert.That(await DoneAsync(), Is.EqualTo(100));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Of_an_archive_that_fails_waits_for_it(bool hasEverWorked)
    {
        await _database.UntilAsync($"{Write} AND pg_switch_wal() IS NOT NULL AND EXISTS (SELECT FROM pg_stat_archiver WHERE archived_count > 0)");
        await ArchiveWithAsync("false");
        if (!hasEverWorked)
            await _database.ExecuteAsSuperuserAsync("SELECT pg_stat_reset_shared('archiver')");
        await _database.UntilAsync($"{Write} AND pg_switch_wal() IS NOT NULL AND EXISTS (SELECT FROM pg_stat_archiver WHERE last_failed_time > coalesce(last_archived_time, '-infinity'))");
        await using var migrator = Migrator(new() { MaxWalHeld = 1 });

        var up = migrator.UpAsync();
        Assert.That((await migrator.UntilToldAsync<BackfillProgressed>()).Slow, Does.Match("^the archiver fails and holds back [0-9]+ MiB of WAL$"));
        Assert.That(await DoneAsync(), Is.Zero);

        await ArchiveWithAsync("true");
        await _database.UntilAsync($"{Write} AND pg_switch_wal() IS NOT NULL AND EXISTS (SELECT FROM pg_stat_archiver WHERE last_failed_time < last_archived_time)");
        await up;
        Assert.That(await DoneAsync(), Is.EqualTo(100));
    }

    private const string Write = "SELECT pg_logical_emit_message(true, 'some', 'WAL') IS NOT NULL";

    private async Task ArchiveWithAsync(string command)
    {
        await _database.ExecuteAsSuperuserAsync($"ALTER SYSTEM SET archive_command = '{command}'");
        await _database.ExecuteAsSuperuserAsync("SELECT pg_reload_conf()");
    }

    private Task<long> DoneAsync() => _database.ScalarAsync<long>("SELECT pg_catalog.count(team) FROM public.people");

    private TestMigrator Migrator(BackfillOptions backfill) =>
        new(_database.Options(typeof(BackfillThatIsUnwelcome.Team)) with { Backfill = backfill with { Pause = TimeSpan.Zero, LookInterval = TimeSpan.FromMilliseconds(50) } });
}
