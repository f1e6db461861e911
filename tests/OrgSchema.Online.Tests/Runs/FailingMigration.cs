using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class FailingMigration : DatabaseTest
{
    protected override string Schema => "CREATE TABLE public.people (id integer); INSERT INTO public.people VALUES (0)";

    [Test]
    public async Task Transaction_leaves_nothing_and_the_message_names_migration_and_cause()
    {
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(typeof(AtOnce));

        var failure = Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync())!;

        Assert.That(failure.Message, Does.Contain("1 AtOnce failed").And.Contain("division by zero"));
        Assert.That(failure.Migration, Is.EqualTo("1 AtOnce"));
        Assert.That(failure.Sql, Does.Contain("1 / id"));
        (await Database.FingerprintAsync()).AssertSameAs(before);
        Assert.That((await migrator.StatusAsync()).Migrations.Single().State, Is.EqualTo(MigrationState.Pending));
    }

    [Test]
    public async Task Run_log_keeps_the_cause()
    {
        await using var migrator = Database.Migrator(typeof(AtOnce));

        Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync());

        Assert.That(await Database.ColumnAsync<string>("SELECT outcome || ': ' || error FROM orgschema.run_log"), Has.One.StartsWith("failed: 1 AtOnce failed: division by zero"));
    }

    [Test]
    public async Task Steps_that_are_done_stay_and_it_counts_as_unfinished()
    {
        await using var migrator = Database.Migrator(typeof(InSteps));

        Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync());

        Assert.That(await Database.ColumnAsync<string>("SELECT attname::text FROM pg_catalog.pg_attribute WHERE attrelid = 'public.people'::regclass AND attname = 'one'"), Is.Not.Empty);
        var status = await migrator.StatusAsync();
        Assert.That(status.Migrations.Single().State, Is.EqualTo(MigrationState.Unfinished));
        Assert.That(status.Unfinished, Is.EquivalentTo(new Dictionary<long, Direction> { [1] = Direction.Up }));
    }

    [Test]
    public async Task Unfinished_migration_can_be_finished_once_the_cause_is_gone()
    {
        await using var migrator = Database.Migrator(typeof(InSteps));
        Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync());

        await Database.ExecuteAsync("UPDATE public.people SET id = 1");
        await migrator.UpAsync();

        Assert.That((await migrator.StatusAsync()).Migrations.Single().State, Is.EqualTo(MigrationState.Applied));
    }

    [Test]
    public async Task Unfinished_migration_can_be_reverted()
    {
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(typeof(InSteps));
        Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync());

        await migrator.DownAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
        Assert.That((await migrator.StatusAsync()).Migrations.Single().State, Is.EqualTo(MigrationState.Pending));
    }

    [TestCase(Direction.Up)]
    [TestCase(Direction.Down)]
    public async Task Half_reverted_migration_converges_in_both_directions(Direction direction)
    {
        await Database.ExecuteAsync("UPDATE public.people SET id = 1");
        await using var migrator = Database.Migrator(typeof(InSteps));
        await migrator.UpAsync();
        var applied = await Database.FingerprintAsync();
        await Database.ExecuteAsync("CREATE VIEW public.view AS SELECT one FROM public.people");
        Assert.ThrowsAsync<MigrationFailedException>(() => migrator.DownAsync());
        Assert.That((await migrator.StatusAsync()).Unfinished, Is.EquivalentTo(new Dictionary<long, Direction> { [1] = Direction.Down }));
        await Database.ExecuteAsync("DROP VIEW public.view");

        await migrator.RunAsync(direction);

        Assert.That((await migrator.StatusAsync()).Migrations.Single().State, Is.EqualTo(direction == Direction.Up ? MigrationState.Applied : MigrationState.Pending));
        if (direction == Direction.Up)
            (await Database.FingerprintAsync()).AssertSameAs(applied);
    }

    [Test]
    public async Task Later_migrations_are_not_tried()
    {
        await using var migrator = Database.Migrator(typeof(AtOnce), typeof(Later));

        Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync());

        Assert.That(migrator.Told.OfType<MigrationStarted>().Select(started => started.Migration.Version), Is.EqualTo(new long[] { 1 }));
    }

    [Expand(1)]
    public sealed class AtOnce : OnlineMigration
    {
        public override void Up()
        {
            Alter.Table("people").InSchema("public").AddColumn("one").AsInt32().Nullable();
            Execute.Sql("UPDATE public.people SET one = 1 / id");
        }

        public override void Down() => Sql("ALTER TABLE public.people DROP COLUMN one");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class InSteps : OnlineMigration
    {
        public override void Up()
        {
            Sql("ALTER TABLE public.people ADD COLUMN IF NOT EXISTS one integer");
            Sql("UPDATE public.people SET one = 1 / id");
        }

        public override void Down()
        {
            Sql("UPDATE public.people SET one = NULL");
            Sql("ALTER TABLE public.people DROP COLUMN IF EXISTS one");
        }
    }

    [Expand(2)]
    public sealed class Later : OnlineMigration
    {
        public override void Up() => Sql("SELECT 1");

        public override void Down() => Sql("SELECT 1");
    }
}
