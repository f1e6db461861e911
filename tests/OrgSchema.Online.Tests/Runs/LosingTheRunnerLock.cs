using FluentMigrator;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>An administrator, or the network, ends the connection that holds the runner lock. Another run may start from then on.</summary>
public sealed class LosingTheRunnerLock : DatabaseTest
{
    // The odd key is the working session's.
    private const string TerminateHolder =
        """
        SELECT pg_catalog.pg_terminate_backend(pid, 30000) FROM pg_catalog.pg_locks
        WHERE locktype = 'advisory' AND objid::bigint % 2 = 0 AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        """;

    protected override string Schema => "CREATE TABLE public.people (id integer)";

    [TestCase(typeof(InSteps), new[] { "one" })]
    [TestCase(typeof(AtOnce), new string[0])]
    public async Task Nothing_runs_after_it_and_the_next_run_converges(Type migration, string[] done)
    {
        await using var migrator = Database.Migrator(migration);
        migrator.OnTold = told =>
        {
            if (told is MessageReported { Text: "now" })
                Database.ExecuteAsSuperuserAsync(TerminateHolder).GetAwaiter().GetResult();
        };

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<RunnerLockLostException>());
        Assert.That(await ColumnsAsync(), Is.EqualTo(done));

        migrator.OnTold = _ => { };
        await migrator.UpAsync();
        Assert.That(await ColumnsAsync(), Is.EqualTo(new[] { "one", "two" }));
    }

    [Test]
    public async Task It_is_found_while_the_run_waits_for_a_table()
    {
        await using var stranger = await Database.WithLockedTable("public.people");
        await Database.UntilOldAsync(stranger);
        await using var migrator = Database.Migrator(typeof(Declared));
        var up = migrator.UpAsync();
        await migrator.UntilToldAsync<LocksAwaited>();

        await Database.ExecuteAsSuperuserAsync(TerminateHolder);

        Assert.That(() => up, Throws.TypeOf<RunnerLockLostException>());
        await stranger.DisposeAsync();
        await migrator.UpAsync();
        Assert.That(await ColumnsAsync(), Is.EqualTo(new[] { "one" }));
    }

    [Test]
    public async Task It_is_found_between_two_batches()
    {
        await Database.ExecuteAsync("ALTER TABLE public.people ADD PRIMARY KEY (id), ADD COLUMN one integer; INSERT INTO public.people SELECT n FROM pg_catalog.generate_series(1, 100) AS n");
        await using var migrator = new TestMigrator(Database.Options(typeof(Batches)) with { Backfill = new BackfillOptions { BatchSize = 10, MaxBatchSize = 10, TargetDuration = TimeSpan.FromHours(1), Pause = TimeSpan.Zero } });
        migrator.OnTold = told =>
        {
            if (told is BackfillProgressed { Done: 50 })
                Database.ExecuteAsSuperuserAsync(TerminateHolder).GetAwaiter().GetResult();
        };

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<RunnerLockLostException>());
        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(one) FROM public.people"), Is.EqualTo(50));

        migrator.OnTold = _ => { };
        await migrator.UpAsync();
        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(one) FROM public.people"), Is.EqualTo(100));
    }

    [TestCase(typeof(InSteps))]
    [TestCase(typeof(AtOnce))]
    public async Task With_a_reconnect_budget_the_run_takes_it_again_and_goes_on(Type migration)
    {
        await using var migrator = new TestMigrator(Database.Options(migration) with { ReconnectBudget = TimeSpan.FromMinutes(1) });
        migrator.OnTold = told =>
        {
            if (told is not MessageReported { Text: "now" })
                return;
            migrator.OnTold = _ => { };
            Database.ExecuteAsSuperuserAsync(TerminateHolder).GetAwaiter().GetResult();
        };

        await migrator.UpAsync();

        Assert.That(migrator.Told.OfType<ConnectionLost>(), Has.Exactly(1).Items);
        Assert.That(await ColumnsAsync(), Is.EqualTo(new[] { "one", "two" }));
    }

    [Test]
    public async Task What_the_server_still_has_of_the_run_is_waited_for_even_where_no_other_run_is()
    {
        await using var remains = await Database.WithTransaction("SELECT 1");
        await using var migrator = new TestMigrator(Database.Options(typeof(InSteps)) with { ReconnectBudget = TimeSpan.FromMinutes(1), RunnerWait = TimeSpan.Zero });
        migrator.OnTold = told =>
        {
            if (told is MessageReported { Text: "now" } && !migrator.Told.OfType<ConnectionLost>().Any())
                LoseAsync().GetAwaiter().GetResult();
            if (told is RunnerWaits)
                remains.Connection.ExecuteAsync("ROLLBACK").GetAwaiter().GetResult();
        };

        await migrator.UpAsync();

        Assert.That(migrator.Told.OfType<RunnerWaits>(), Has.Exactly(1).Items);
        Assert.That(await ColumnsAsync(), Is.EqualTo(new[] { "one", "two" }));

        // As if the server had not heard yet that the connection is gone.
        async Task LoseAsync()
        {
            await remains.Connection.ExecuteAsync($"""
                CREATE TEMP TABLE lock ON COMMIT DROP AS SELECT (classid::bigint << 32) | objid::bigint AS key FROM pg_catalog.pg_locks
                WHERE locktype = 'advisory' AND objid::bigint % 2 = 0 AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database());
                {TerminateHolder};
                SELECT pg_catalog.pg_advisory_xact_lock(key) FROM lock
                """);
        }
    }

    [Test]
    public async Task Being_idle_in_a_transaction_for_too_long_is_a_lost_connection_too()
    {
        var looks = 0;
        await using var migrator = new TestMigrator(Database.Options(typeof(AtOnce)) with { ReconnectBudget = TimeSpan.FromMinutes(1), Preflight = LookAsync });

        await migrator.UpAsync();

        Assert.That(migrator.Told.OfType<ConnectionLost>().Single().Reason, Does.Contain("idle-in-transaction timeout"));
        Assert.That(looks, Is.EqualTo(2));

        // What happens when this machine is stopped for a while, or has no time for us.
        async Task<IReadOnlyList<Finding>> LookAsync(NpgsqlConnection connection, IReadOnlySet<long> applied, CancellationToken cancellationToken)
        {
            if (++looks == 1)
            {
                await connection.ExecuteAsync("SET idle_in_transaction_session_timeout = '1ms'; BEGIN");
                await Database.UntilAsync($"SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = {connection.ProcessID})");
                await connection.ExecuteAsync("SELECT 1");
            }

            return [];
        }
    }

    private Task<IReadOnlyList<string>> ColumnsAsync() => Database.ColumnAsync<string>(
        "SELECT attname::text FROM pg_catalog.pg_attribute WHERE attrelid = 'public.people'::regclass AND attnum > 1 AND NOT attisdropped ORDER BY attnum");

    private static readonly TableLock Lock = new("public.people", LockMode.AccessExclusive);

    [Expand(1, TransactionBehavior.None)]
    public sealed class InSteps : OnlineMigration
    {
        public override void Up()
        {
            Sql("ALTER TABLE public.people ADD COLUMN IF NOT EXISTS one integer", Lock);
            Report("SELECT 'now'");
            Sql("ALTER TABLE public.people ADD COLUMN IF NOT EXISTS two integer", Lock);
        }

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(1)]
    public sealed class AtOnce : OnlineMigration
    {
        public override void Up()
        {
            Sql("ALTER TABLE public.people ADD COLUMN one integer", Lock);
            Report("SELECT 'now'");
            Sql("ALTER TABLE public.people ADD COLUMN two integer", Lock);
        }

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Declared : OnlineMigration
    {
        public override void Up() => Sql("ALTER TABLE public.people ADD COLUMN IF NOT EXISTS one integer", Lock);

        public override void Down() => Sql("SELECT 1");
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class Batches : OnlineMigration
    {
        public override void Up() => Backfill("public.people", where: "t.one IS NULL", apply: "UPDATE public.people AS p SET one = 1 FROM batch AS b WHERE p.id = b.key");

        public override void Down() => Sql("SELECT 1");
    }
}
