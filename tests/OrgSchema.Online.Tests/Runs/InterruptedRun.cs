using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Somebody presses Ctrl-C in the middle of a statement.</summary>
public sealed class InterruptedRun : DatabaseTest
{
    protected override string Schema => "CREATE TABLE public.people (id integer PRIMARY KEY, name text); INSERT INTO public.people VALUES (1, 'Ada')";

    [TestCase(typeof(SleepAtOnce))]
    [TestCase(typeof(SleepInSteps))]
    public async Task Statement_is_canceled_on_the_server_and_the_next_run_converges(Type migration)
    {
        var before = await Database.FingerprintAsync();
        await InterruptAsync(migration, "pg_sleep(600)");

        (await Database.FingerprintAsync()).AssertSameAs(before);
        Assert.That(await Database.ColumnAsync<string>("SELECT outcome FROM orgschema.run_log"), Is.EqualTo(new[] { "interrupted" }));

        await Database.ExecuteAsync("DELETE FROM public.people");
        await using var migrator = Database.Migrator(migration);
        await migrator.UpAsync();
        Assert.That((await migrator.StatusAsync()).Applied, Is.EqualTo(new long[] { 1 }));
    }

    [TestCase(typeof(SleepAtOnce))]
    [TestCase(typeof(SleepInSteps))]
    public async Task Statement_that_somebody_else_cancels_fails_the_run_and_the_next_converges(Type migration)
    {
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(migration);
        var up = migrator.UpAsync();
        const string asleep = "FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND wait_event = 'PgSleep'";
        await Database.UntilAsync($"SELECT EXISTS (SELECT {asleep})");

        await Database.ExecuteAsSuperuserAsync($"SELECT pg_catalog.pg_cancel_backend(pid) {asleep}");

        Assert.That(() => up, Throws.TypeOf<MigrationFailedException>().With.Message.Contains("canceling statement"));
        (await Database.FingerprintAsync()).AssertSameAs(before);
        Assert.That(await Database.ColumnAsync<string>("SELECT outcome FROM orgschema.run_log"), Is.EqualTo(new[] { "failed" }));
        await Database.ExecuteAsync("DELETE FROM public.people");
        await migrator.UpAsync();
        Assert.That((await migrator.StatusAsync()).Applied, Is.EqualTo(new long[] { 1 }));
    }

    [Test]
    public async Task Index_build_that_waits_for_a_snapshot_leaves_an_invalid_index_and_the_next_run_builds_it()
    {
        await using var stranger = await Database.WithTransaction("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; UPDATE public.people SET name = name");
        await InterruptAsync(typeof(BuildIndex), "CREATE INDEX CONCURRENTLY");
        Assert.That(await Database.ScalarAsync<bool>("SELECT NOT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = 'public.people_idx'::regclass"), "no leftover: the test tests nothing");
        await stranger.DisposeAsync();
        await using var migrator = Database.Migrator(typeof(BuildIndex));

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<bool>("SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = 'public.people_idx'::regclass"));
    }

    [Test]
    public async Task Waiting_for_a_table_can_be_interrupted()
    {
        await using var stranger = await Database.WithLockedTable("public.people");
        await Database.UntilOldAsync(stranger);
        await using var migrator = Database.Migrator(typeof(Drop));
        using var interrupt = new CancellationTokenSource();
        var up = migrator.UpAsync(cancellationToken: interrupt.Token);
        await migrator.UntilToldAsync<LocksAwaited>();

        await interrupt.CancelAsync();

        Assert.That(() => up, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await migrator.StatusAsync()).Migrations.Single().State, Is.EqualTo(MigrationState.Pending));
    }

    [Test]
    public async Task Index_build_that_waits_says_for_whom()
    {
        await using var stranger = await Database.WithTransaction("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; UPDATE public.people SET name = name");
        await using var migrator = Database.Migrator(typeof(BuildIndex));

        var up = migrator.UpAsync();
        var told = await migrator.UntilToldAsync<LocksAwaited>();
        await stranger.DisposeAsync();
        await up;

        Assert.That(told.Step, Does.Contain("CREATE INDEX CONCURRENTLY"));
        Assert.That(told.Blockers.Single().ProcessId, Is.EqualTo(stranger.ProcessId));
    }

    private async Task InterruptAsync(Type migration, string statement)
    {
        await using var migrator = new TestMigrator(Database.Options(migration) with { ApplicationName = "to be interrupted" });
        using var interrupt = new CancellationTokenSource();
        var up = migrator.UpAsync(cancellationToken: interrupt.Token);
        await Database.UntilRunningAsync(statement);

        await interrupt.CancelAsync();

        Assert.That(() => up, Throws.InstanceOf<OperationCanceledException>());
        await Database.UntilAsync("SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND application_name = 'to be interrupted')");
    }

    [Expand(1)]
    public sealed class SleepAtOnce : OnlineMigration
    {
        public override void Up()
        {
            Sql("UPDATE public.people SET name = 'changed'");
            Sql("SELECT pg_catalog.pg_sleep(600) FROM public.people");
        }

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class SleepInSteps : OnlineMigration
    {
        public override void Up() => Sql("UPDATE public.people SET name = pg_catalog.pg_sleep(600)::text");

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class BuildIndex : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently("people_idx", on: "public.people", columns: "name");

        public override void Down() => DropIndexConcurrently("people_idx", on: "public.people");
    }

    [Expand(1)]
    public sealed class Drop : OnlineMigration
    {
        public override void Up() => Delete.Table("people").InSchema("public");

        public override void Down() => Sql("SELECT 1");
    }
}
