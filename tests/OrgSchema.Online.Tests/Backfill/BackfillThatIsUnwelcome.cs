using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Reasons to be slow, to be small, or to do nothing for a while.</summary>
public sealed class BackfillThatIsUnwelcome : DatabaseTest
{
    private const int Rows = 120;

    protected override string Schema =>
        $"""
        CREATE TABLE public.people (id integer PRIMARY KEY, team integer);
        INSERT INTO public.people SELECT n FROM pg_catalog.generate_series(1, {Rows}) AS n;
        """;

    [Test]
    public async Task Doubles_its_batches_while_they_are_quick([Values(1, 3)] int first)
    {
        await using var migrator = new TestMigrator(Options(new() { BatchSize = first, MaxBatchSize = 20 }));

        await migrator.UpAsync();

        Assert.That(Batches(migrator).TakeWhile(batch => batch < 20), Is.EqualTo(first == 1 ? new[] { 1, 2, 4, 8, 16 } : [3, 6, 12]));
    }

    [Test]
    public async Task Halves_its_batches_while_they_are_slow()
    {
        await Database.ExecuteAsync("""
            CREATE FUNCTION public.sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_catalog.pg_sleep(0.01); RETURN NEW; END $$;
            CREATE TRIGGER sleep BEFORE UPDATE ON public.people FOR EACH ROW WHEN (OLD.id < 16) EXECUTE FUNCTION public.sleep()
            """);
        await using var migrator = new TestMigrator(Options(new() { BatchSize = 8, TargetDuration = TimeSpan.FromMilliseconds(4) }));

        await migrator.UpAsync();

        Assert.That(Batches(migrator).Take(4), Is.EqualTo(new[] { 8, 4, 2, 1 }));
    }

    [Test]
    public async Task Pauses_when_another_terminal_says_so_and_goes_on_when_it_says_that()
    {
        await using var terminal = new TestMigrator(Options(new()) with { Operator = "ada@there" });
        await terminal.ControlBackfillAsync(paused: true);
        await using var migrator = new TestMigrator(Options(new() { BatchSize = 10, Workers = 2 }));

        var up = migrator.UpAsync();
        var pauses = await migrator.UntilToldAsync<BackfillProgressed>();
        Assert.That((pauses.Slow, pauses.Batch, pauses.Done), Is.EqualTo(("paused by ada@there", 0, 0L)));
        Assert.That((await terminal.BackfillStatusAsync()).Control, Has.Property("Paused").True.And.Property("SetBy").EqualTo("ada@there"));
        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(team) FROM public.people"), Is.Zero);

        await terminal.ControlBackfillAsync(paused: false);
        await up;
        Assert.That(migrator.Told.OfType<BackfillProgressed>().Count(told => told.Slow is not null), Is.EqualTo(1), "said once, by whichever worker");
        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(team) FROM public.people"), Is.EqualTo(Rows));
    }

    [Test]
    public async Task Rests_longer_when_another_terminal_says_so()
    {
        await using var terminal = new TestMigrator(Options(new()) with { Operator = "ada@there" });
        await terminal.ControlBackfillAsync(paused: false, rest: TimeSpan.FromHours(1));
        await using var migrator = new TestMigrator(Options(new() { BatchSize = 10 }));
        using var stop = new CancellationTokenSource();

        var up = migrator.UpAsync(cancellationToken: stop.Token);
        var slow = await migrator.UntilToldAsync<BackfillProgressed>();
        Assert.That((slow.Slow, slow.Done), Is.EqualTo(("slowed down by ada@there", 10L)));

        await stop.CancelAsync();
        Assert.That(() => up, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(team) FROM public.people"), Is.EqualTo(10));
    }

    [Test]
    public async Task Does_nothing_while_a_slot_holds_back_WAL()
    {
        var slot = $"slot_{Guid.NewGuid():N}";
        await Database.ExecuteAsSuperuserAsync($"SELECT pg_catalog.pg_create_physical_replication_slot('{slot}', true); SELECT pg_catalog.pg_logical_emit_message(true, 'some', 'WAL')");
        var up = Task.CompletedTask;
        try
        {
            await using var migrator = new TestMigrator(Options(new() { MaxWalHeld = 1 }));
            up = migrator.UpAsync();
            Assert.That((await migrator.UntilToldAsync<BackfillProgressed>()).Slow, Does.Match("replication slot '.*' holds back [0-9]+ MiB of WAL"));
            await Database.ExecuteAsSuperuserAsync($"SELECT pg_catalog.pg_drop_replication_slot('{slot}')");
            await up;
        }
        catch
        {
            await Database.ExecuteAsSuperuserAsync($"SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = '{slot}'");
            throw;
        }

        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(team) FROM public.people"), Is.EqualTo(Rows));
    }

    [Test]
    public async Task Is_smaller_and_rests_longer_when_a_client_has_waited_for_a_row()
    {
        await Database.ExecuteAsync("""
            CREATE FUNCTION public.dwell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_catalog.pg_advisory_xact_lock(4711); RETURN NEW; END $$;
            CREATE TRIGGER dwell BEFORE UPDATE ON public.people FOR EACH ROW WHEN (OLD.id = 40) EXECUTE FUNCTION public.dwell()
            """);
        var stranger = await Database.WithTransaction("SELECT pg_catalog.pg_advisory_lock(4711)");
        await using var migrator = new TestMigrator(Options(new() { BatchSize = 40, MaxBatchSize = 40, TargetDuration = TimeSpan.FromMilliseconds(1) }) with { LockTimeout = Awaiting.Bound });
        var up = migrator.UpAsync();
        await Database.UntilWaitingForALockAsync("-- backfill public.people");
        await using var client = await Stranger.ConnectAsync(Database.SuperuserConnectionString);
        var update = client.Connection.ExecuteAsync("UPDATE public.people SET team = 8 WHERE id = 1");
        await Database.UntilWaitingForALockAsync("SET team = 8");
        var since = await Database.ScalarAsync<DateTime>("SELECT pg_catalog.clock_timestamp()");
        await Database.UntilAsync($"SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE query LIKE '-- who waits for the backfill%' AND state = 'idle' AND query_start > '{since:O}')");
        await stranger.DisposeAsync();
        await up;
        await update;

        Assert.That(migrator.Told.OfType<BackfillProgressed>().First().Slow, Does.Contain("1 session waited for rows"));
        Assert.That(Batches(migrator).Take(2), Is.EqualTo(new[] { 40, 20 }));
        Assert.That(migrator.Told.OfType<LocksAwaited>().Single().Blockers.Single().ProcessId, Is.EqualTo(stranger.ProcessId), "and tells whom it waits for itself");
    }

    private static IEnumerable<int> Batches(TestMigrator migrator) => migrator.Told.OfType<BackfillProgressed>().Select(told => told.Batch);

    private MigratorOptions Options(BackfillOptions backfill) => Database.Options(typeof(Team)) with
    {
        Backfill = backfill with { Pause = TimeSpan.Zero, LookInterval = TimeSpan.FromMilliseconds(10), TargetDuration = backfill.TargetDuration == new BackfillOptions().TargetDuration ? TimeSpan.FromHours(1) : backfill.TargetDuration },
    };

    [Backfill(1, TransactionBehavior.None)]
    public sealed class Team : OnlineMigration
    {
        public override void Up() => Backfill("public.people", where: "t.team IS NULL", apply: "UPDATE public.people AS p SET team = 7 FROM batch AS b WHERE p.id = b.key");

        public override void Down() => Sql("UPDATE public.people SET team = NULL");
    }
}
