using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class TwoRunners : DatabaseTest
{
    protected override string Schema => "CREATE TABLE public.people (id integer)";

    [Test]
    public async Task One_applies_and_the_other_waits_and_finds_nothing_to_do()
    {
        await using var stranger = await Database.WithLockedTable("public.people");
        await Database.UntilOldAsync(stranger);
        await using var first = new TestMigrator(Database.Options(typeof(AddName)) with { ApplicationName = "the first" });
        await using var second = Database.Migrator(typeof(AddName));

        var applying = first.UpAsync();
        await first.UntilToldAsync<LocksAwaited>();
        var waiting = second.UpAsync();
        var waits = await second.UntilToldAsync<RunnerWaits>();
        await stranger.DisposeAsync();

        Assert.That((await applying).Done.Select(migration => migration.Version), Is.EqualTo(new long[] { 1 }));
        Assert.That((await waiting).Done, Is.Empty);
        Assert.That(waits.Holder.Application, Is.EqualTo("the first"));
        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM orgschema.run_log"), Is.EqualTo(1));
    }

    [Test]
    public async Task Many_at_once_apply_each_migration_once()
    {
        var migrators = Enumerable.Range(0, 5).Select(_ => Database.Migrator(typeof(AddName))).ToList();

        var results = await Task.WhenAll(migrators.Select(migrator => migrator.UpAsync()));

        Assert.That(results.Sum(result => result.Done.Count), Is.EqualTo(1));
        foreach (var migrator in migrators)
            await migrator.DisposeAsync();
    }

    [Test]
    public async Task Patience_over_says_who_holds_the_lock()
    {
        await using var stranger = await Database.WithLockedTable("public.people");
        await Database.UntilOldAsync(stranger);
        await using var first = new TestMigrator(Database.Options(typeof(AddName)) with { ApplicationName = "the first" });
        await using var second = new TestMigrator(Database.Options(typeof(AddName)) with { RunnerWait = TimeSpan.Zero });
        var applying = first.UpAsync();
        await first.UntilToldAsync<LocksAwaited>();

        var failure = Assert.ThrowsAsync<RunnerLockTakenException>(() => second.UpAsync())!;

        var holder = await Database.ScalarAsync<int>("""
            SELECT pid FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND objid::bigint % 2 = 0 -- odd: the working session's
            AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            """);
        Assert.That(failure.Holder?.ProcessId, Is.EqualTo(holder));
        Assert.That(failure.Message, Does.Contain($"pid {holder}").And.Contain("user postgres").And.Contain("'the first'").And.Contain("since 20"));
        await stranger.DisposeAsync();
        await applying;
    }

    [Test]
    public async Task Another_private_schema_is_another_history_with_another_lock()
    {
        await using var stranger = await Database.WithLockedTable("public.people");
        await Database.UntilOldAsync(stranger);
        await using var first = Database.Migrator(typeof(AddName));
        await using var second = new TestMigrator(Database.Options() with { RunnerWait = TimeSpan.Zero, PrivateSchema = "other" });
        var applying = first.UpAsync();
        await first.UntilToldAsync<LocksAwaited>();

        await second.UpAsync();

        await stranger.DisposeAsync();
        await applying;
    }

    [Test]
    public async Task Waiting_for_the_other_can_be_interrupted()
    {
        await using var stranger = await Database.WithLockedTable("public.people");
        await Database.UntilOldAsync(stranger);
        await using var first = Database.Migrator(typeof(AddName));
        await using var second = Database.Migrator(typeof(AddName));
        var applying = first.UpAsync();
        await first.UntilToldAsync<LocksAwaited>();
        using var interrupt = new CancellationTokenSource();
        var waiting = second.UpAsync(cancellationToken: interrupt.Token);
        await second.UntilToldAsync<RunnerWaits>();

        await interrupt.CancelAsync();

        Assert.That(() => waiting, Throws.InstanceOf<OperationCanceledException>());
        await stranger.DisposeAsync();
        await applying;
    }

    [Expand(1)]
    public sealed class AddName : OnlineMigration
    {
        public override void Up() => Alter.Table("people").InSchema("public").AddColumn("name").AsString().Nullable();

        public override void Down() => Delete.Column("name").FromTable("people").InSchema("public");
    }
}
