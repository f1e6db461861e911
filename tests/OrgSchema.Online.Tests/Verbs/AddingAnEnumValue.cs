using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class AddingAnEnumValue : DatabaseTest
{
    protected override string Schema => """
        CREATE TYPE public."Mood" AS ENUM ('bad', 'good');
        CREATE TABLE public.people (id integer, mood public."Mood");
        """;

    [Test]
    public async Task Values_are_in_their_places()
    {
        await using var migrator = Database.Migrator(typeof(Moods));

        await migrator.UpAsync();

        Assert.That(await ValuesAsync(), Is.EqualTo(new[] { "worst", "bad", "it's \"fine\"", "good", "best" }));
    }

    [Test]
    public async Task Value_that_is_there_stays_where_it_is()
    {
        await Database.ExecuteAsync("ALTER TYPE public.\"Mood\" ADD VALUE 'best' BEFORE 'bad'");
        await using var migrator = Database.Migrator(typeof(Moods));

        await migrator.UpAsync();

        Assert.That(await ValuesAsync(), Is.EqualTo(new[] { "best", "worst", "bad", "it's \"fine\"", "good" }));
    }

    [Test]
    public async Task Value_can_be_used_by_the_next_step_without_a_transaction()
    {
        await using var migrator = Database.Migrator(typeof(MoodThatIsUsed));

        await migrator.UpAsync();

        Assert.That(await Database.ColumnAsync<string>("SELECT mood::text FROM public.people"), Is.EqualTo(new[] { "best" }));
    }

    [Test]
    public async Task Down_leaves_the_values_and_up_finds_them()
    {
        await using var migrator = Database.Migrator(typeof(Moods));
        await migrator.UpAsync();
        var before = await Database.FingerprintAsync();

        await migrator.DownAsync();
        await migrator.UpAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Who_asks_to_have_it_reverted_is_told_that_it_cannot_be()
    {
        await using var migrator = Database.Migrator(typeof(Reversed));
        await migrator.UpAsync();

        Assert.That(
            () => migrator.DownAsync(),
            Throws.TypeOf<RequestException>().With.Message.Contains(
                "PostgreSQL cannot remove a value of an enum: write a Down() that leaves 'best' in public.\"Mood\"."));
    }

    [Test]
    public void Two_places_are_refused() => Assert.That(
        () => new Moods().AddEnumValue("public.mood", "so-so", before: "good", after: "bad"),
        Throws.ArgumentException.With.Message.Contains("so-so of public.mood comes before good or after bad"));

    private Task<IReadOnlyList<string>> ValuesAsync() =>
        Database.ColumnAsync<string>("SELECT enumlabel::text FROM pg_enum WHERE enumtypid = 'public.\"Mood\"'::regtype ORDER BY enumsortorder");

    [Expand(1)]
    public sealed class Moods : OnlineMigration
    {
        public override void Up()
        {
            AddEnumValue("public.Mood", "best");
            AddEnumValue("public.Mood", "worst", before: "bad");
            AddEnumValue("public.Mood", "it's \"fine\"", after: "bad");
        }

        public override void Down()
        {
        }
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class MoodThatIsUsed : OnlineMigration
    {
        public override void Up()
        {
            AddEnumValue("public.Mood", "best");
            Sql("INSERT INTO public.people VALUES (1, 'best')");
        }

        public override void Down()
        {
        }
    }

    [Migration(1)]
    public sealed class Reversed : AutoReversingMigration
    {
        public override void Up() => this.Online().AddEnumValue("public.Mood", "best");
    }
}
