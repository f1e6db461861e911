using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Somebody keeps a table for longer than a run has patience.</summary>
public sealed class LockBudgetSpent : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.people (id integer PRIMARY KEY, name text);
        CREATE TABLE public.teams (id integer PRIMARY KEY);
        INSERT INTO public.people VALUES (1, 'Ada');
        """;

    [TestCase(typeof(Columns))]
    [TestCase(typeof(Steps))]
    public async Task Blocker_is_named_and_nothing_is_half_done(Type migration)
    {
        await using var stranger = await Database.WithLockedTable("public.people");
        await Database.UntilOldAsync(stranger);
        var before = await Database.FingerprintAsync();
        await using var migrator = Impatient(migration);

        var failure = Assert.ThrowsAsync<LockBudgetException>(() => migrator.UpAsync())!;

        Assert.That(failure.Blockers.Select(blocker => blocker.ProcessId), Is.EqualTo(new[] { stranger.ProcessId }));
        Assert.That(failure.Message, Does.Contain(migration.Name).And.Contain($"pid {stranger.ProcessId}").And.Contain("application 'stranger'").And.Contain("public.people"));
        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [TestCase(typeof(Columns))]
    [TestCase(typeof(Steps))]
    public async Task Run_log_knows_and_the_next_run_converges(Type migration)
    {
        await using var stranger = await Database.WithLockedTable("public.people");
        await Database.UntilOldAsync(stranger);
        await using var migrator = Impatient(migration);
        Assert.ThrowsAsync<LockBudgetException>(() => migrator.UpAsync());
        Assert.That(await Database.ScalarAsync<bool>("SELECT outcome = 'failed' AND error LIKE '%stranger%' AND waited > '0' AND finished_at IS NOT NULL FROM orgschema.run_log"));

        await stranger.DisposeAsync();
        await migrator.UpAsync();

        Assert.That((await migrator.StatusAsync()).Applied, Is.EqualTo(new long[] { 1 }));
        Assert.That(await Database.ColumnAsync<string>("SELECT outcome FROM orgschema.run_log ORDER BY id"), Is.EqualTo(new[] { "failed", "done" }));
    }

    [Test]
    public async Task Row_kept_from_a_backfill_counts_too()
    {
        await using var stranger = await Database.WithTransaction("UPDATE public.people SET name = 'mine'");
        await using var migrator = Impatient(typeof(Shout));

        var failure = Assert.ThrowsAsync<LockBudgetException>(() => migrator.UpAsync())!;
        Assert.That(failure.Blockers.Select(blocker => blocker.ProcessId), Is.EqualTo(new[] { stranger.ProcessId }));
        Assert.That(failure.Message, Does.Contain("application 'stranger'").And.Contain("holds a row lock on public.people").And.Contain("SET name = 'mine'"));

        await stranger.DisposeAsync();
        await migrator.UpAsync();
        Assert.That(await Database.ScalarAsync<string>("SELECT name FROM public.people"), Is.EqualTo("ADA"));
    }

    [Test]
    public async Task Old_snapshot_that_outlives_an_index_build_counts_for_as_long_as_the_build_waited()
    {
        await using var stranger = await Database.WithTransaction("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT FROM public.teams");
        await using var migrator = new TestMigrator(Database.Options(typeof(Indexed)) with { PatientLockTimeout = TimeSpan.FromSeconds(2), LockBudget = TimeSpan.FromSeconds(3) });

        var failure = Assert.ThrowsAsync<LockBudgetException>(() => migrator.UpAsync())!;

        Assert.That(failure.Blockers.Select(blocker => blocker.ProcessId), Is.EqualTo(new[] { stranger.ProcessId }));
        Assert.That(migrator.Told.OfType<AttemptFailed>().Count(), Is.LessThanOrEqualTo(2), "an attempt of 2 s is no attempt of 50 ms");
        await stranger.DisposeAsync();
        await migrator.UpAsync();
        Assert.That(await Database.ScalarAsync<bool>("SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = 'public.people_name_idx'::regclass"));
    }

    [TestCase("orgschema.run_log")]
    [TestCase("orgschema.schema_version")]
    public async Task Own_table_that_somebody_keeps_counts_like_any_other(string table)
    {
        await using var first = Impatient(typeof(Columns));
        await first.UpAsync();
        await first.DownAsync();
        await using var stranger = await Database.WithLockedTable(table, "SHARE");

        Assert.ThrowsAsync<LockBudgetException>(() => first.UpAsync());

        await stranger.DisposeAsync();
        await first.UpAsync();
        Assert.That((await first.StatusAsync()).Applied, Is.EqualTo(new long[] { 1 }));
    }

    [Test]
    public async Task Version_table_that_somebody_keeps_is_waited_for()
    {
        await using var migrator = Database.Migrator(typeof(Steps));
        await migrator.UpAsync();
        await migrator.DownAsync();
        await using var stranger = await Database.WithLockedTable("orgschema.schema_version", "SHARE");

        var up = migrator.UpAsync();
        await migrator.UntilToldAsync<AttemptFailed>();
        await stranger.DisposeAsync();
        await up;

        Assert.That((await migrator.StatusAsync()).Applied, Is.EqualTo(new long[] { 1 }));
    }

    private TestMigrator Impatient(Type migration) => new(Database.Options(migration) with { LockBudget = TimeSpan.FromMilliseconds(300) });

    [Expand(1)]
    public sealed class Columns : OnlineMigration
    {
        public override void Up()
        {
            Alter.Table("teams").InSchema("public").AddColumn("name").AsString().Nullable();
            Alter.Table("people").InSchema("public").AddColumn("age").AsInt32().Nullable();
        }

        public override void Down()
        {
            Delete.Column("name").FromTable("teams").InSchema("public");
            Delete.Column("age").FromTable("people").InSchema("public");
        }
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Indexed : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently("people_name_idx", on: "public.people", columns: "name");

        public override void Down() => DropIndexConcurrently("people_name_idx", on: "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Steps : OnlineMigration
    {
        public override void Up() => RequireNotNull("public.people", "name");

        public override void Down() => AllowNull("public.people", "name");
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class Shout : OnlineMigration
    {
        public override void Up() => Backfill("public.people", where: "t.name <> pg_catalog.upper(t.name)", apply: "UPDATE public.people AS p SET name = pg_catalog.upper(p.name) FROM batch AS b WHERE p.id = b.key");

        public override void Down() => Sql("SELECT 1");
    }
}
