using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>A row was kept because its team was gone; when the team is back, the table has another shape.</summary>
public sealed class ArchiveOfAnEarlierShape : DatabaseTest
{
    protected override string Schema => """
        CREATE TABLE public.teams (id integer PRIMARY KEY);
        CREATE TABLE public.people (id integer PRIMARY KEY, team integer NOT NULL REFERENCES public.teams, phone integer, note text);
        INSERT INTO public.teams VALUES (1), (2);
        INSERT INTO public.people VALUES (1, 1, 5550001, 'long enough'), (2, 2, NULL, NULL);
        """;

    [TestCase("ALTER COLUMN phone TYPE text", "1 1 5550001 long enough")]
    [TestCase("ALTER COLUMN phone TYPE numeric(20, 2)", "1 1 5550001.00 long enough")]
    [TestCase("ADD COLUMN since date NOT NULL DEFAULT '2026-01-01'", "1 1 5550001 long enough 2026-01-01")]
    [TestCase("DROP COLUMN note, ADD COLUMN remark text", "1 1 5550001")]
    public async Task Comes_back_where_its_values_fit(string change, string row)
    {
        await using var migrator = await KeptAsync(change);

        await migrator.DownAsync();

        var found = await Database.ScalarAsync<string>("""
            SELECT concat_ws(' ', VARIADIC ARRAY(
                SELECT v.value FROM jsonb_each_text(to_jsonb(p)) AS v
                JOIN pg_attribute AS a ON a.attrelid = 'public.people'::regclass AND a.attname = v.key ORDER BY a.attnum))
            FROM public.people AS p WHERE id = 1
            """);
        Assert.That(found, Is.EqualTo(row));
    }

    [TestCase("ALTER COLUMN phone TYPE date USING NULL")]
    [TestCase("ALTER COLUMN note TYPE varchar(3)")]
    [TestCase("ALTER COLUMN note TYPE integer USING NULL")]
    [TestCase("ADD COLUMN since date NOT NULL")]
    [TestCase("ADD CHECK (phone < 10)")]
    public async Task Stays_with_the_reason_where_they_do_not(string change)
    {
        await using var migrator = await KeptAsync(change);

        await migrator.DownAsync();

        var back = await Database.ColumnAsync<int>("SELECT id FROM public.people");
        Assert.That(back, Is.EqualTo(new[] { 2 }), "others are not kept from coming back");
        Assert.That(
            migrator.Told.OfType<MessageReported>().Select(note => note.Text),
            Has.Some.Matches("1 row of public.people kept in orgschema.archive_people: the table refuses them: .+"));
        Assert.That(await Database.ScalarAsync<string>("SELECT data ->> 'note' FROM orgschema.archive_people"), Is.EqualTo("long enough"));
    }

    [Test]
    public async Task Value_waits_for_its_column()
    {
        await using var migrator = await KeptAsync("DROP COLUMN note");
        await migrator.DownAsync();
        Assert.That(
            migrator.Told.OfType<MessageReported>().Select(note => note.Text),
            Has.Some.EqualTo("1 link of public.people kept in orgschema.archive_people: there is no column note"));

        await Database.ExecuteAsync("ALTER TABLE public.people ADD COLUMN note text");
        await migrator.UpAsync();
        await migrator.DownAsync();

        Assert.That(await Database.ScalarAsync<string>("SELECT note FROM public.people WHERE id = 1"), Is.EqualTo("long enough"));
    }

    // Both people are archived, one comes back, the other waits; then the table is changed, and the way up archives the one again.
    private async Task<TestMigrator> KeptAsync(string change)
    {
        var migrator = Database.Migrator(typeof(PeopleGone));
        await migrator.UpAsync();
        await Database.ExecuteAsync("DELETE FROM public.teams WHERE id = 1");
        await migrator.DownAsync();
        await Database.ExecuteAsync($"TRUNCATE public.people; ALTER TABLE public.people {change}; INSERT INTO public.teams VALUES (1)");
        if (!change.Contains("since", StringComparison.Ordinal))
            await Database.ExecuteAsync("INSERT INTO public.people (id, team) VALUES (2, 2)");
        else
            await Database.ExecuteAsync("INSERT INTO public.people (id, team, since) VALUES (2, 2, '2026-02-02')");
        await migrator.UpAsync();
        return migrator;
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class PeopleGone : OnlineMigration
    {
        public override void Up() => ArchiveAndDelete("public.people", where: null);

        public override void Down() => Restore("public.people");
    }
}
