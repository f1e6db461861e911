using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>An author's own statements: Sql, Require and Report.</summary>
public sealed class SayingSql : DatabaseTest
{
    protected override string Schema => "CREATE TABLE public.people (id integer PRIMARY KEY, name text); CREATE TABLE public.log (line text)";

    [Test]
    public async Task Statements_run_in_order_among_the_verbs_of_FluentMigrator()
    {
        await using var migrator = Database.Migrator(typeof(Mixed));

        await migrator.UpAsync();

        Assert.That(await Database.ColumnAsync<string>("SELECT name FROM public.people ORDER BY id"), Is.EqualTo(new[] { "before", "after" }));
    }

    [Test]
    public async Task Requirement_that_holds_says_nothing()
    {
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (1, 'Ada')");
        await using var migrator = Database.Migrator(typeof(Required));

        await migrator.UpAsync();

        Assert.That((await migrator.StatusAsync()).Applied, Is.EqualTo(new long[] { 1 }));
    }

    [TestCase(typeof(Required))]
    [TestCase(typeof(RequiredOutsideATransaction))]
    public async Task Requirement_that_does_not_hold_fails_in_its_own_words(Type migration)
    {
        await using var migrator = Database.Migrator(migration);

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains("There must be somebody.").And.Property(nameof(MigrationFailedException.Migration)).EqualTo($"1 {migration.Name}"));

        Assert.That((await migrator.StatusAsync()).Applied, Is.Empty);
    }

    [Test]
    public async Task Report_is_shown_and_null_is_not()
    {
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (1, 'Ada')");
        await using var migrator = Database.Migrator(typeof(Reporting));

        await migrator.UpAsync();

        Assert.That(migrator.Told.OfType<MessageReported>().Select(note => note.Text), Is.EqualTo(new[] { "1 people" }));
    }

    [Test]
    public async Task Rows_are_counted_once_however_many_attempts_it_takes()
    {
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (1, 'Ada'), (2, 'Grace')");
        await using var migrator = Database.Migrator(typeof(UndeclaredLock));
        var stranger = await Database.WithLockedTable("public.people", "SHARE ROW EXCLUSIVE");

        var up = migrator.UpAsync(); // the lock is not declared, so each attempt runs into it
        await migrator.UntilToldAsync<AttemptFailed>();
        await stranger.DisposeAsync();
        await up;

        Assert.That(migrator.Told.OfType<MigrationFinished>().Single().Rows, Is.EqualTo(3));
    }

    [Expand(1)]
    public sealed class Mixed : OnlineMigration
    {
        public override void Up()
        {
            Alter.Table("people").InSchema("public").AddColumn("extra").AsInt32().Nullable();
            Sql("INSERT INTO public.people (id, name, extra) VALUES (1, 'before', 1)");
            Delete.Column("extra").FromTable("people").InSchema("public");
            Sql("INSERT INTO public.people VALUES (2, 'after')");
        }

        public override void Down() => Sql("DELETE FROM public.people");
    }

    [Expand(1)]
    public sealed class Required : OnlineMigration
    {
        public override void Up() => Require("SELECT EXISTS (SELECT FROM public.people)", "There must be somebody.");

        public override void Down() => Report("SELECT NULL");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class RequiredOutsideATransaction : OnlineMigration
    {
        public override void Up() => Require("SELECT EXISTS (SELECT FROM public.people)", "There must be somebody.");

        public override void Down() => Report("SELECT NULL");
    }

    [Expand(1)]
    public sealed class Reporting : OnlineMigration
    {
        public override void Up()
        {
            Report("SELECT pg_catalog.count(*) || ' people' FROM public.people");
            Report("SELECT NULL::text");
            Report("SELECT ''");
        }

        public override void Down() => Report("SELECT NULL");
    }

    [Expand(1)]
    public sealed class UndeclaredLock : OnlineMigration
    {
        public override void Up()
        {
            Sql("INSERT INTO public.log VALUES ('one row')");
            Sql("UPDATE public.people SET name = pg_catalog.upper(name)");
        }

        public override void Down() => Sql("DELETE FROM public.log");
    }
}
