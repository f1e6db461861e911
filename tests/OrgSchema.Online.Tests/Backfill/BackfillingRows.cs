using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class BackfillingRows : DatabaseTest
{
    private const int Rows = 250;

    // Every change of a row is counted: none twice, none left.
    protected override string Schema =>
        $"""
        CREATE TABLE public.people (id bigint PRIMARY KEY, team integer, changes integer NOT NULL DEFAULT 0);
        INSERT INTO public.people (id) SELECT n * 1000000007::bigint FROM pg_catalog.generate_series(1, {Rows}) AS n;
        CREATE TABLE public.list (id bigint PRIMARY KEY);
        """;

    [Test]
    public async Task Every_row_is_done_once()
    {
        await using var migrator = Batches(10);

        await migrator.UpAsync();

        await AssertEveryRowDoneOnceAsync();
        Assert.That(migrator.Told.OfType<MigrationFinished>().Single().Rows, Is.EqualTo(Rows));
        Assert.That(migrator.Told.OfType<BackfillProgressed>().ToList(), Has.Count.GreaterThan(1).And.All.Property(nameof(BackfillProgressed.Batch)).LessThanOrEqualTo(10));
    }

    [Test]
    public async Task Checkpoint_is_gone_at_the_end()
    {
        await using var migrator = Batches(10);

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM orgschema.backfill_checkpoint"), Is.Zero);
    }

    [Test]
    public async Task Failed_batch_leaves_what_is_done_and_the_next_run_goes_on_behind_it()
    {
        await Database.ExecuteAsync("ALTER TABLE public.people ADD CONSTRAINT stop CHECK (team IS NULL OR id < 100 * 1000000007::bigint)");
        await using var migrator = Batches(10);
        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains("violates check constraint \"stop\""));
        Assert.That(await CountAsync("team = 7"), Is.EqualTo(90), "of full batches");
        Assert.That(await Database.ScalarAsync<string>("SELECT last_key FROM orgschema.backfill_checkpoint"), Is.EqualTo($"{90L * 1000000007}"));
        Assert.That((await migrator.StatusAsync()).Migrations.Single().State, Is.EqualTo(MigrationState.Unfinished));

        await Database.ExecuteAsync("ALTER TABLE public.people DROP CONSTRAINT stop");
        await migrator.UpAsync();

        await AssertEveryRowDoneOnceAsync();
    }

    [Test]
    public async Task Row_that_goes_between_the_look_of_a_batch_and_that_of_its_foreign_key_is_left_out()
    {
        await Database.ExecuteAsync("""
            ALTER TABLE public.list ADD FOREIGN KEY (id) REFERENCES public.people;
            CREATE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN WHILE NOT pg_try_advisory_xact_lock_shared(42) LOOP PERFORM pg_sleep(0.01); END LOOP; RETURN NEW; END $$;
            CREATE TRIGGER hold BEFORE INSERT ON public.list FOR EACH ROW EXECUTE FUNCTION public.hold()
            """);
        await using var stranger = await Database.WithTransaction("SELECT pg_advisory_xact_lock(42)");
        await using var migrator = Database.Migrator(typeof(Listed));
        var up = migrator.UpAsync();
        await Database.UntilAsync("SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')");

        await Database.ExecuteAsync("DELETE FROM public.people WHERE id = 1000000007");
        await stranger.DisposeAsync();
        await up;

        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM public.list"), Is.EqualTo(Rows - 1));
    }

    [Test]
    public async Task Killed_between_two_batches_the_next_run_goes_on_at_the_next_key()
    {
        await using var killed = Batches(10);
        var done = 0L;
        killed.OnTold = told =>
        {
            if (told is BackfillProgressed progressed && (done = progressed.Done) >= 50)
                throw new InvalidOperationException("killed");
        };
        Assert.That(() => killed.UpAsync(), Throws.TypeOf<MigrationFailedException>());
        await using var migrator = Batches(10);

        await migrator.UpAsync();

        await AssertEveryRowDoneOnceAsync();
        Assert.That(migrator.Told.OfType<BackfillProgressed>().Last().Done, Is.EqualTo(Rows - done), "it did not go on where the other stopped");
    }

    [Test]
    public async Task Backend_killed_in_the_middle_of_a_batch_rolls_back_that_batch_only()
    {
        var stranger = await Database.WithTransaction($"UPDATE public.people SET changes = changes WHERE id = 105::bigint * 1000000007");
        await using var killed = new TestMigrator(Options(10) with { LockTimeout = Awaiting.Bound });
        var up = killed.UpAsync();
        await Database.UntilWaitingForALockAsync("-- backfill public.people");
        await Database.ExecuteAsSuperuserAsync("SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND query LIKE '-- backfill public.people%'");
        Assert.That(() => up, Throws.InstanceOf<OnlineMigrationException>());
        await stranger.DisposeAsync();
        Assert.That(await CountAsync("team = 7"), Is.EqualTo(100));
        await using var migrator = Batches(10);

        await migrator.UpAsync();

        await AssertEveryRowDoneOnceAsync();
    }

    [Test]
    public async Task Second_run_does_nothing()
    {
        await using var migrator = Batches(10);
        await migrator.UpAsync();
        await Database.ExecuteAsync("DELETE FROM orgschema.schema_version");

        await migrator.UpAsync();

        await AssertEveryRowDoneOnceAsync();
    }

    [Test]
    public async Task Rows_that_come_behind_the_walker_are_done_too()
    {
        await using var migrator = Batches(10);
        var came = false;
        migrator.OnTold = told =>
        {
            if (told is not BackfillProgressed { Done: >= 100 } || came)
                return;
            came = true;
            Database.ExecuteAsync("INSERT INTO public.people (id) VALUES (-5), (5), (17)").GetAwaiter().GetResult();
        };

        await migrator.UpAsync();

        await AssertEveryRowDoneOnceAsync(Rows + 3);
    }

    [Test]
    public async Task Rows_that_go_and_rows_that_change_meanwhile_are_no_obstacle()
    {
        await using var migrator = Batches(10);
        var gone = false;
        migrator.OnTold = told =>
        {
            if (told is not BackfillProgressed { Done: >= 100 } || gone)
                return;
            gone = true;
            Database.ExecuteAsync(
                """
                DELETE FROM public.people WHERE id IN (SELECT id FROM public.people ORDER BY id OFFSET 95 LIMIT 20);
                UPDATE public.people SET team = 7, changes = changes + 1 WHERE id = (SELECT max(id) FROM public.people)
                """).GetAwaiter().GetResult();
        };

        await migrator.UpAsync();

        await AssertEveryRowDoneOnceAsync(Rows - 20);
    }

    [Test]
    public async Task Row_that_a_client_has_locked_only_delays()
    {
        var stranger = await Database.WithTransaction("UPDATE public.people SET changes = changes WHERE id = 105::bigint * 1000000007");
        await using var migrator = Batches(10);

        var up = migrator.UpAsync();
        var delayed = await migrator.UntilToldAsync<AttemptFailed>();
        await stranger.DisposeAsync();
        await up;

        await AssertEveryRowDoneOnceAsync();
        Assert.That(delayed.Step, Does.Contain("a batch"));
    }

    [Test]
    public async Task Another_table_is_not_read_from_its_start_for_each_batch()
    {
        // What the planner does with a table of millions of rows: a merge of two indexes, from the start of one of them.
        await Database.ExecuteAsSuperuserAsync($"ALTER DATABASE {Database.Name} SET enable_seqscan = off; ALTER DATABASE {Database.Name} SET random_page_cost = 1000");
        await using (var migrator = new TestMigrator(Options(10) with { Migrations = [typeof(Listed)] }))
            await migrator.UpAsync();

        await Database.UntilAsync($"SELECT n_tup_ins = {Rows} FROM pg_catalog.pg_stat_user_tables WHERE relname = 'list'");
        var read = await Database.ScalarAsync<long>("SELECT idx_tup_read FROM pg_catalog.pg_stat_user_indexes WHERE relname = 'list'");
        Assert.That(read, Is.LessThan(4 * Rows), $"a quarter of {Rows / 10} batches would be {Rows / 10 / 4 * Rows}");
    }

    private Task<long> CountAsync(string where) => Database.ScalarAsync<long>($"SELECT pg_catalog.count(*) FROM public.people WHERE {where}");

    private async Task AssertEveryRowDoneOnceAsync(int rows = Rows)
    {
        Assert.That(await CountAsync("team = 7 AND changes = 1"), Is.EqualTo(rows));
        Assert.That(await CountAsync("true"), Is.EqualTo(rows));
    }

    private MigratorOptions Options(int batch) => Database.Options(typeof(Team)) with { Backfill = new BackfillOptions { BatchSize = batch, MaxBatchSize = batch, TargetDuration = TimeSpan.FromHours(1), Pause = TimeSpan.Zero } };

    private TestMigrator Batches(int size) => new(Options(size));

    [Backfill(1, TransactionBehavior.None)]
    public sealed class Team : OnlineMigration
    {
        public override void Up() => Backfill("public.people", where: "t.team IS NULL", apply: "UPDATE public.people AS p SET team = 7, changes = p.changes + 1 FROM batch AS b WHERE p.id = b.key");

        public override void Down() => Sql("UPDATE public.people SET team = NULL");
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class Listed : OnlineMigration
    {
        public override void Up() => Backfill("public.people", where: "NOT EXISTS (SELECT FROM public.list AS l WHERE l.id = t.id)", apply: "INSERT INTO public.list SELECT b.key FROM batch AS b");

        public override void Down() => Sql("DELETE FROM public.list");
    }
}
