using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class ArchivingRows : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.teams (id integer PRIMARY KEY);
        CREATE TABLE public.access (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            who text NOT NULL,
            team integer REFERENCES public.teams,
            at timestamptz DEFAULT '2026-02-26 01:02:03.456789Z',
            facts jsonb DEFAULT '{"b": [1, null], "a": "ä"}',
            raw bytea DEFAULT '\x00ff',
            tags text[] DEFAULT '{one,"two, three",NULL}',
            amount numeric DEFAULT 12345678901234567890.123456789,
            ratio double precision DEFAULT 0.1,
            span interval DEFAULT '1 mon 2 days 03:04:05.6');
        INSERT INTO public.teams VALUES (1), (2);
        INSERT INTO public.access (who, team) VALUES ('Ada', 1), ('Eve', 1), ('Eve', 2), ('Mallory', 2);
        """;

    [Test]
    public async Task Rows_go_and_come_back_as_they_were()
    {
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(typeof(EveGone));

        await migrator.UpAsync();
        Assert.That(await WhoAsync(), Is.EqualTo(new[] { "Ada", "Mallory" }));
        await migrator.DownAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
        Assert.That(await Database.ScalarAsync<bool>("SELECT pg_catalog.to_regclass('orgschema.archive_access') IS NULL"), "the archive did not let go");
    }

    [Test]
    public async Task Round_trip_can_be_made_again()
    {
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(typeof(EveGone));

        foreach (var direction in (Direction[])[Direction.Up, Direction.Down, Direction.Up, Direction.Down])
            await migrator.RunAsync(direction);

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Row_that_has_lost_its_parent_stays_in_the_archive_until_the_parent_is_back()
    {
        await using var migrator = Database.Migrator(typeof(EveGone));
        await migrator.UpAsync();
        await Database.ExecuteAsync("DELETE FROM public.access; DELETE FROM public.teams WHERE id = 2");

        await migrator.DownAsync();
        Assert.That(await Database.ColumnAsync<int>("SELECT (data ->> 'team')::integer FROM orgschema.archive_access"), Is.EqualTo(new[] { 2 }));

        await Database.ExecuteAsync("INSERT INTO public.teams VALUES (2)");
        await migrator.UpAsync();
        await migrator.DownAsync();
        Assert.That(await WhoAsync(), Is.EqualTo(new[] { "Eve", "Eve" }));
    }

    [Test]
    public async Task Row_that_is_there_again_stays_as_it_is()
    {
        await using var migrator = Database.Migrator(typeof(EveGone));
        await migrator.UpAsync();
        await Database.ExecuteAsync("INSERT INTO public.access (id, who) OVERRIDING SYSTEM VALUE VALUES (2, 'Eve, again')");

        await migrator.DownAsync();

        Assert.That(await WhoAsync(), Is.EqualTo(new[] { "Ada", "Eve, again", "Eve", "Mallory" }));
    }

    [Test]
    public async Task Each_migration_brings_back_its_own_rows_only()
    {
        await using var migrator = Database.Migrator(typeof(EveGone), typeof(MalloryGone));
        await migrator.UpAsync();

        await migrator.DownAsync(DownTarget.Last(1));

        Assert.That(await WhoAsync(), Is.EqualTo(new[] { "Ada", "Mallory" }));
    }

    [Test]
    public async Task Column_that_came_later_is_archived_too()
    {
        await using var migrator = Database.Migrator(typeof(EveGone), typeof(MalloryGone));
        await migrator.UpAsync(to: 1);
        await Database.ExecuteAsync("ALTER TABLE public.access ADD COLUMN note text DEFAULT 'later'");
        var before = await Database.FingerprintAsync();

        await migrator.UpAsync();
        await migrator.DownAsync(DownTarget.Last(1));

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Trigger_that_keeps_rows_fails_the_migration_and_changes_nothing()
    {
        await Database.ExecuteAsync(
            """
            CREATE FUNCTION public.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER keep BEFORE DELETE ON public.access FOR EACH ROW WHEN (OLD.team = 2) EXECUTE FUNCTION public.keep();
            """);
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(typeof(EveGone));

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains("public.access"));

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Dropped_table_comes_back_with_its_rows()
    {
        var before = await RowsAsync();
        await using var migrator = Database.Migrator(typeof(AccessGone));

        await migrator.UpAsync();
        Assert.That(await Database.ScalarAsync<bool>("SELECT pg_catalog.to_regclass('public.access') IS NULL"));
        await migrator.DownAsync();

        Assert.That(await RowsAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task What_could_not_come_back_is_told_with_the_reason()
    {
        await Database.ExecuteAsync("""
            ALTER TABLE public.access ADD COLUMN code text UNIQUE, ADD COLUMN leader integer REFERENCES public.teams ON DELETE SET NULL;
            INSERT INTO public.teams VALUES (3);
            UPDATE public.access SET code = 'code ' || id, leader = 3;
            """);
        await using var migrator = Database.Migrator(typeof(AccessEmptied));
        await migrator.UpAsync();
        await Database.ExecuteAsync("""
            DELETE FROM public.teams WHERE id IN (1, 3);
            INSERT INTO public.access (id, who, code) OVERRIDING SYSTEM VALUE VALUES (3, 'Trudy', 'new'), (30, 'Trudy', 'code 4');
            """);

        await migrator.DownAsync();

        Assert.That(migrator.Told.OfType<MessageReported>().Select(note => note.Text), Is.EqualTo(new[]
        {
            "4 rows of public.access archived in orgschema.archive_access",
            "1 row of public.access kept in orgschema.archive_access: another row has the same code",
            "1 row of public.access kept in orgschema.archive_access: another row has the same id",
            "2 rows of public.access kept in orgschema.archive_access: their team is gone from public.teams",
        }));
        await Database.ExecuteAsync("INSERT INTO public.teams VALUES (1); DELETE FROM public.access");
        await migrator.UpAsync();
        await migrator.DownAsync();

        Assert.That(await Database.ColumnAsync<string>("SELECT pg_catalog.concat_ws(' ', id, who, team, code, leader) FROM public.access ORDER BY id"), Is.EqualTo(new[]
        {
            "1 Ada 1 code 1", "2 Eve 1 code 2", "3 Eve 2 code 3", "4 Mallory 2 code 4",
        }), "and comes back, with the parent forgotten that it would have forgotten");
    }

    [Test]
    public async Task Rows_of_a_failed_attempt_are_not_told()
    {
        await using var migrator = Database.Migrator(typeof(EveGoneButNot));

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>());

        Assert.That(migrator.Told.OfType<MessageReported>(), Is.Empty);
        Assert.That(await WhoAsync(), Has.Member("Eve"));
    }

    private Task<IReadOnlyList<string>> RowsAsync() => Database.ColumnAsync<string>("SELECT t::text FROM public.access AS t ORDER BY id");

    private Task<IReadOnlyList<string>> WhoAsync() => Database.ColumnAsync<string>("SELECT who FROM public.access ORDER BY id");

    [Backfill(1)]
    public sealed class EveGone : OnlineMigration
    {
        public override void Up() => ArchiveAndDelete("public.access", where: "t.who = 'Eve'");

        public override void Down() => Restore("public.access");
    }

    [Backfill(2)]
    public sealed class MalloryGone : OnlineMigration
    {
        public override void Up() => ArchiveAndDelete("public.access", where: "t.who = 'Mallory'");

        public override void Down() => Restore("public.access");
    }

    [Backfill(1)]
    public sealed class AccessEmptied : OnlineMigration
    {
        public override void Up() => ArchiveAndDelete("public.access", where: null);

        public override void Down() => Restore("public.access");
    }

    [Expand(1)]
    public sealed class AccessGone : OnlineMigration
    {
        public override void Up() => ArchiveAndDropTable("public.access");

        public override void Down()
        {
            Sql("""
                CREATE TABLE public.access (
                    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, who text NOT NULL, team integer REFERENCES public.teams, at timestamptz,
                    facts jsonb, raw bytea, tags text[], amount numeric, ratio double precision, span interval)
                """);
            Restore("public.access");
        }
    }

    [Backfill(1)]
    public sealed class EveGoneButNot : OnlineMigration
    {
        public override void Up()
        {
            ArchiveAndDelete("public.access", where: "t.who = 'Eve'");
            Require("SELECT false", "no");
        }

        public override void Down() => Restore("public.access");
    }
}
