using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class SeveralWorkers : DatabaseTest
{
    private const int Rows = 400;

    // Every change of a row is counted, and who has made it.
    protected override string Schema =>
        $"""
        CREATE TABLE public.people (id bigint PRIMARY KEY, team integer, changes integer NOT NULL DEFAULT 0, worker integer);
        INSERT INTO public.people (id) SELECT n FROM pg_catalog.generate_series(1, {Rows}) AS n;
        """;

    [Test]
    public async Task Share_the_table_and_a_row_that_one_waits_for_does_not_stop_the_others()
    {
        var stranger = await Database.WithTransaction("SELECT FROM public.people WHERE id = 1 FOR UPDATE");
        await using var migrator = new TestMigrator(Options(workers: 4) with { LockTimeout = Awaiting.Bound });

        var up = migrator.UpAsync();
        await Database.UntilAsync($"SELECT pg_catalog.count(*) = 3 * {Rows} / 4 FROM public.people WHERE team = 7");
        await Database.UntilWaitingForALockAsync("-- backfill public.people");
        var status = await migrator.BackfillStatusAsync();
        await stranger.DisposeAsync();
        await up;

        Assert.That(status.Checkpoints.Select(checkpoint => (checkpoint.Part, checkpoint.UntilKey, checkpoint.Picked)), Is.EqualTo(new[] { (1, "100", 0L), (2, "200", 100L), (3, "300", 100L), (4, null, 100L) }));
        await AssertEveryRowDoneOnceAsync();
        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(DISTINCT worker) FROM public.people"), Is.GreaterThan(1));
        Assert.That(migrator.Told.OfType<BackfillProgressed>().Last().Done, Is.EqualTo(Rows), "of all workers");
        Assert.That(migrator.Told.OfType<MigrationFinished>().Single().Rows, Is.EqualTo(Rows));
        Assert.That((await migrator.BackfillStatusAsync()).Checkpoints, Is.Empty);
    }

    [TestCase(1, 3)]
    [TestCase(3, 1)]
    [TestCase(3, 3)]
    [TestCase(2, 5)]
    public async Task Killed_are_followed_by_another_number_that_does_the_rest_once(int killed, int next)
    {
        await using (var migrator = new TestMigrator(Options(killed)))
        {
            migrator.OnTold = told =>
            {
                if (told is BackfillProgressed { Done: >= Rows / 2 })
                    throw new InvalidOperationException("killed");
            };
            Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>());
        }

        var done = await CountAsync("team = 7");
        await using var rest = new TestMigrator(Options(next));
        await rest.UpAsync();

        Assert.That(done, Is.InRange(Rows / 2, Rows - 1));
        await AssertEveryRowDoneOnceAsync();
        Assert.That(rest.Told.OfType<BackfillProgressed>().Last().Done, Is.EqualTo(Rows - done), "they did not go on where the others stopped");
    }

    [Test]
    public async Task End_together_when_one_fails()
    {
        await Database.ExecuteAsync("ALTER TABLE public.people ADD CONSTRAINT stop CHECK (team IS NULL OR id <> 377)");
        await using var migrator = new TestMigrator(Options(workers: 3));

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains("violates check constraint \"stop\""));

        await Database.UntilAsync("SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND application_name = 'orgschema')");
        await Database.ExecuteAsync("ALTER TABLE public.people DROP CONSTRAINT stop");
        await migrator.UpAsync();
        await AssertEveryRowDoneOnceAsync();
    }

    [Test]
    public async Task Are_as_many_as_there_are_connections_for()
    {
        await Database.ExecuteAsSuperuserAsync($"""ALTER DATABASE "{Database.Name}" CONNECTION LIMIT 3""");
        await using var migrator = new TestMigrator(Options(workers: 4));

        await migrator.UpAsync();

        Assert.That(migrator.Told.OfType<MessageReported>().Single().Text, Does.Contain("fewer workers").And.Contain("no connection free"));
        await Database.UntilAsync("SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND application_name = 'orgschema')");
        await AssertEveryRowDoneOnceAsync();
    }

    [Test]
    public async Task Hear_of_triggers_no_more_than_the_first_does()
    {
        await using var migrator = new TestMigrator(Options(workers: 3, typeof(Silently)));
        await Database.ExecuteAsSuperuserAsync("GRANT SET ON PARAMETER session_replication_role TO postgres");
        await Database.ExecuteAsync("""
            CREATE FUNCTION public.complain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'heard'; END $$;
            CREATE TRIGGER complain BEFORE UPDATE ON public.people FOR EACH ROW EXECUTE FUNCTION public.complain()
            """);

        await migrator.UpAsync();

        await AssertEveryRowDoneOnceAsync();
    }

    [Test]
    public async Task That_a_killed_run_has_left_at_work_are_waited_for()
    {
        var stranger = await Database.WithTransaction("SELECT FROM public.people WHERE id = 1 FOR UPDATE");
        await using var migrator = new TestMigrator(Options(workers: 2) with { LockTimeout = Awaiting.Bound });
        var up = migrator.UpAsync();
        await Database.UntilWaitingForALockAsync("-- backfill public.people");
        // What is left of a killed run: a session with a worker's lock.
        await using var left = await Database.WithTransaction("SELECT pg_catalog.pg_advisory_lock_shared(classid::bigint << 32 | objid::bigint) FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'");
        await stranger.DisposeAsync();
        await up;
        await Database.ExecuteAsync("DELETE FROM orgschema.runner_lock"); // a killed run leaves no new key

        var down = migrator.DownAsync();
        var waits = await migrator.UntilToldAsync<RunnerWaits>(waits => waits.Holder.ProcessId == left.ProcessId);
        Assert.That(down.IsCompleted, Is.False, waits.ToString());
        await left.DisposeAsync();
        await down;
    }

    private Task<long> CountAsync(string where) => Database.ScalarAsync<long>($"SELECT pg_catalog.count(*) FROM public.people WHERE {where}");

    private async Task AssertEveryRowDoneOnceAsync()
    {
        Assert.That(await CountAsync("team = 7 AND changes = 1"), Is.EqualTo(Rows));
        Assert.That(await CountAsync("true"), Is.EqualTo(Rows));
    }

    private MigratorOptions Options(int workers, Type? migration = null) => Database.Options(migration ?? typeof(Team)) with
    {
        ApplicationName = "orgschema",
        Backfill = new BackfillOptions { Workers = workers, BatchSize = 10, MaxBatchSize = 10, TargetDuration = TimeSpan.FromHours(1), Pause = TimeSpan.Zero },
    };

    [Backfill(1, TransactionBehavior.None)]
    public sealed class Team : OnlineMigration
    {
        public override void Up() => Backfill("public.people", where: "t.team IS NULL", apply: "UPDATE public.people AS p SET team = 7, changes = p.changes + 1, worker = pg_catalog.pg_backend_pid() FROM batch AS b WHERE p.id = b.key");

        public override void Down() => Sql("UPDATE public.people SET team = NULL");
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class Silently : OnlineMigration
    {
        public override void Up()
        {
            Sql("SET session_replication_role = replica");
            Backfill("public.people", where: "t.team IS NULL", apply: "UPDATE public.people AS p SET team = 7, changes = p.changes + 1 FROM batch AS b WHERE p.id = b.key");
        }

        public override void Down() => Sql("UPDATE public.people SET team = NULL");
    }
}
