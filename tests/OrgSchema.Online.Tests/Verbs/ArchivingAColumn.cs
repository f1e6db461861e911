using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class ArchivingAColumn : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.teams (id integer PRIMARY KEY);
        CREATE TABLE public.people (id integer PRIMARY KEY, name text, team_id integer, touched integer NOT NULL DEFAULT 0);
        CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.touched := NEW.touched + 1; RETURN NEW; END';
        CREATE TRIGGER touch BEFORE UPDATE ON public.people FOR EACH ROW EXECUTE FUNCTION public.touch();
        INSERT INTO public.teams VALUES (1), (2), (3);
        INSERT INTO public.people SELECT n, 'person ' || n, n % 3 + 1 FROM generate_series(1, 50) AS n;
        INSERT INTO public.people VALUES (51, 'nobody''s', NULL);
        """;

    [Test]
    public async Task Values_come_back_and_no_trigger_hears_of_it()
    {
        var before = await RowsAsync();
        await using var migrator = Migrator();

        await migrator.UpAsync();
        Assert.That(await Database.ScalarAsync<bool>("SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'public.people'::regclass AND attname = 'team_id' AND NOT attisdropped)"));
        Assert.That(await Database.ColumnAsync<string>("SELECT tgname::text FROM pg_catalog.pg_trigger WHERE tgrelid = 'public.people'::regclass"), Is.EqualTo(new[] { "touch" }));
        await migrator.DownAsync();

        Assert.That(await RowsAsync(), Is.EqualTo(before));
        Assert.That(await Database.ScalarAsync<bool>("SELECT pg_catalog.to_regclass('orgschema.\"archive_people:team_id\"') IS NULL"), "the archive did not let go");
    }

    [Test]
    public async Task What_is_written_while_batches_copy_is_archived()
    {
        await using var migrator = Migrator();
        var batches = 0;
        migrator.OnTold = told =>
        {
            if (told is BackfillProgressed { Batch: > 0 } && ++batches == 3)
            {
                Database.ExecuteAsync("""
                    UPDATE public.people SET team_id = 2 WHERE id IN (1, 50);
                    UPDATE public.people SET name = 'other' WHERE id = 2;
                    UPDATE public.people SET id = 100 WHERE id IN (3);
                    UPDATE public.people SET id = 101 WHERE id IN (49);
                    INSERT INTO public.people VALUES (0, 'early', 3), (102, 'late', 3);
                    DELETE FROM public.people WHERE id IN (4, 48);
                    """).GetAwaiter().GetResult();
            }
        };
        await migrator.UpAsync();
        var ids = await Database.ColumnAsync<int>("SELECT id FROM public.people ORDER BY id");

        Assert.That(await Database.ColumnAsync<int>("SELECT key::integer FROM orgschema.\"archive_people:team_id\" ORDER BY 1"), Is.EqualTo(ids));
        await migrator.DownAsync();

        Assert.That(batches, Is.GreaterThan(3));
        Assert.That(
            await Database.ColumnAsync<string>("SELECT id || ' ' || team_id FROM public.people WHERE id IN (0, 1, 2, 3, 49, 50, 100, 101, 102) ORDER BY id"),
            Is.EqualTo(new[] { "0 3", "1 2", "2 3", "50 2", "100 1", "101 2", "102 3" }));
    }

    [Test]
    public async Task Trigger_of_the_table_that_changes_the_value_on_its_own_is_followed_too()
    {
        await Database.ExecuteAsync("""
            CREATE FUNCTION public.choose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.team_id := 3; RETURN NEW; END';
            CREATE TRIGGER choose BEFORE UPDATE OF name ON public.people FOR EACH ROW EXECUTE FUNCTION public.choose();
            """);
        await using var migrator = Migrator();
        migrator.OnTold = told =>
        {
            if (told is BackfillProgressed { Done: 20 })
                Database.ExecuteAsync("UPDATE public.people SET name = 'renamed' WHERE id = 1").GetAwaiter().GetResult();
        };

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<int>("SELECT value::integer FROM orgschema.\"archive_people:team_id\" WHERE key = '1'"), Is.EqualTo(3));
    }

    [Test]
    public async Task Value_that_cannot_come_back_stays_in_the_archive_and_is_told()
    {
        await using var migrator = Migrator();
        await migrator.UpAsync();
        await Database.ExecuteAsync("DELETE FROM public.people WHERE id = 1; DELETE FROM public.teams WHERE id = 3");

        await migrator.DownAsync();

        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM orgschema.\"archive_people:team_id\""), Is.EqualTo(18));
        Assert.That(migrator.Told.OfType<MessageReported>().Select(note => note.Text), Is.EqualTo(new[]
        {
            "1 value of public.people.team_id kept in orgschema.\"archive_people:team_id\": their row is gone",
            "17 values of public.people.team_id kept in orgschema.\"archive_people:team_id\": what they refer to is gone, or another value has been chosen since",
        }).Or.EqualTo(new[]
        {
            "17 values of public.people.team_id kept in orgschema.\"archive_people:team_id\": what they refer to is gone, or another value has been chosen since",
            "1 value of public.people.team_id kept in orgschema.\"archive_people:team_id\": their row is gone",
        }));
    }

    [Test]
    public async Task Value_that_stayed_comes_back_later_and_newer_ones_go_before_it()
    {
        await using var migrator = Migrator();
        await migrator.UpAsync();
        await Database.ExecuteAsync("DELETE FROM public.teams WHERE id = 3");
        await migrator.DownAsync();
        await Database.ExecuteAsync("UPDATE public.people SET team_id = 1 WHERE id = 2");
        await migrator.UpAsync();
        await Database.ExecuteAsync("INSERT INTO public.teams VALUES (3)");

        await migrator.DownAsync();

        Assert.That(await Database.ScalarAsync<int>("SELECT team_id FROM public.people WHERE id = 2"), Is.EqualTo(1));
    }

    [Test]
    public async Task Value_that_no_way_back_has_come_to_yet_gives_place_to_a_chosen_one_only()
    {
        var before = await RowsAsync();
        await using var migrator = Migrator();
        await migrator.UpAsync();
        // The column is there again, and the step that fills it did not run.
        await Database.ExecuteAsync("DELETE FROM orgschema.schema_version; ALTER TABLE public.people ADD COLUMN team_id integer");
        await Database.ExecuteAsync("UPDATE public.people SET team_id = 3 WHERE id = 51");
        await migrator.UpAsync();

        await migrator.DownAsync();

        Assert.That(await RowsAsync(), Is.EqualTo(before.Select(row => row == "51 nobody's 0" ? "51 nobody's 3 1" : row)));
    }

    [Test]
    public async Task Reader_of_the_table_delays_the_drop_only()
    {
        await using var migrator = Migrator();
        Stranger? reader = null;
        migrator.OnTold = told =>
        {
            if (told is BackfillProgressed && reader is null)
            {
                reader = Database.WithLockedTable("public.people").GetAwaiter().GetResult();
                Database.UntilOldAsync(reader).GetAwaiter().GetResult();
            }
        };
        var up = migrator.UpAsync();
        await migrator.UntilToldAsync<LocksAwaited>();
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (200, 'meanwhile', 2)");
        await reader!.DisposeAsync();
        await up;

        Assert.That(await Database.ScalarAsync<int>("SELECT value::integer FROM orgschema.\"archive_people:team_id\" WHERE key = '200'"), Is.EqualTo(2));
    }

    private TestMigrator Migrator() => new(Database.Options(typeof(TeamGone)) with { Backfill = new BackfillOptions { BatchSize = 10, MaxBatchSize = 10, TargetDuration = TimeSpan.FromHours(1), Pause = TimeSpan.Zero } });

    private Task<IReadOnlyList<string>> RowsAsync() => Database.ColumnAsync<string>("SELECT pg_catalog.concat_ws(' ', id, name, team_id, touched) FROM public.people ORDER BY id");

    [Expand(1, TransactionBehavior.None)]
    public sealed class TeamGone : OnlineMigration
    {
        public override void Up() => ArchiveAndDropColumn("public.people", "team_id");

        public override void Down()
        {
            Sql("ALTER TABLE public.people ADD COLUMN IF NOT EXISTS team_id integer");
            RestoreColumn("public.people", "team_id", references: "public.teams");
        }
    }
}
