using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Rows that stay as they are, whatever the backfill does.</summary>
[CancelAfter(60_000)]
public sealed class BackfillThatCannotEnd : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.people (id integer PRIMARY KEY, team integer);
        INSERT INTO public.people SELECT n FROM pg_catalog.generate_series(1, 50) AS n;
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE FUNCTION public.undo() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.team = NULL; RETURN NEW; END';
        """;

    [TestCase("refuse")]
    [TestCase("undo")]
    public async Task Trigger_ends_it_with_the_rows_to_look_at(string trigger, CancellationToken cancellationToken)
    {
        await Database.ExecuteAsync($"CREATE TRIGGER stop BEFORE UPDATE ON public.people FOR EACH ROW WHEN (OLD.id = 33) EXECUTE FUNCTION public.{trigger}()");
        await using var migrator = new TestMigrator(Database.Options(typeof(Team)) with { Backfill = new BackfillOptions { BatchSize = 7, MaxBatchSize = 7, TargetDuration = TimeSpan.FromHours(1), Pause = TimeSpan.Zero } });

        var failure = Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync(cancellationToken: cancellationToken))!;

        Assert.That(failure.Message, Does.Contain("public.people"));
        var query = failure.Remedy[failure.Remedy.IndexOf("SELECT", StringComparison.Ordinal)..];
        Assert.That(await Database.ColumnAsync<int>(query), Is.EqualTo(new[] { 33 }), "the remedy does not find the row");

        await Database.ExecuteAsync("DROP TRIGGER stop ON public.people");
        await migrator.UpAsync(cancellationToken: cancellationToken);
        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM public.people WHERE team = 7"), Is.EqualTo(50));
    }

    [Test]
    public async Task Statement_that_does_nothing_ends_it(CancellationToken cancellationToken)
    {
        await using var migrator = Database.Migrator(typeof(Idle));

        Assert.That(() => migrator.UpAsync(cancellationToken: cancellationToken), Throws.TypeOf<MigrationFailedException>());
    }

    // Row 2 done undoes row 1, row 1 undoes row 3, and row 3 undoes row 2: each pass ends with a change and with another row left.
    private const string Circle =
        """
        UPDATE public.people SET team = 7 WHERE id <> 2;
        CREATE FUNCTION public.circle() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN UPDATE public.people SET team = NULL WHERE id = CASE NEW.id WHEN 1 THEN 3 ELSE NEW.id - 1 END; RETURN NULL; END $$;
        CREATE TRIGGER circle AFTER UPDATE ON public.people FOR EACH ROW WHEN (NEW.id <= 3 AND NEW.team IS NOT NULL) EXECUTE FUNCTION public.circle()
        """;

    [Test]
    public async Task Rows_that_undo_each_other_end_it(CancellationToken cancellationToken)
    {
        await Database.ExecuteAsync(Circle);
        await using var migrator = Database.Migrator(typeof(Team));

        var failure = Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync(cancellationToken: cancellationToken))!;

        Assert.That(failure.Message, Does.Contain("rows of public.people are left that it cannot change"));
    }

    [TestCase("CREATE TRIGGER stop BEFORE UPDATE ON public.people FOR EACH ROW WHEN (OLD.id = 33) EXECUTE FUNCTION public.refuse()")]
    [TestCase("CREATE TRIGGER stop BEFORE UPDATE ON public.people FOR EACH ROW WHEN (OLD.id = 33) EXECUTE FUNCTION public.undo()")]
    [TestCase(Circle)]
    public async Task The_script_ends(string trigger, CancellationToken cancellationToken)
    {
        await Database.ExecuteAsync(trigger);
        await using var migrator = new Migrator(Database.Options(typeof(Team)));
        var script = (await migrator.ScriptAsync(ScriptFormat.Sql, record: false, cancellationToken))[0].Sql;

        var (exitCode, error) = await Database.PsqlAsync(script);

        Assert.That(exitCode, Is.EqualTo(3), error);
        Assert.That(error, Does.Contain("rows of public.people are left that it cannot change").And.Contain("Look at them: SELECT"));
    }

    [TestCase("(NULL)", "are left that it cannot change")]
    [TestCase("(-5), (NULL)", "stands still at one key")]
    public async Task Rows_that_come_without_a_key_end_it(string rows, string expected, CancellationToken cancellationToken)
    {
        await using var migrator = Database.Migrator(typeof(Team));
        migrator.OnTold = told =>
        {
            if (told is BackfillProgressed)
            {
                Database.ExecuteAsync($"""
                    ALTER TABLE public.people DROP CONSTRAINT people_pkey, ADD UNIQUE (id), ALTER COLUMN id DROP NOT NULL;
                    INSERT INTO public.people VALUES {rows}
                    """).GetAwaiter().GetResult();
                migrator.OnTold = static _ => { };
            }
        };

        var failure = Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync(cancellationToken: cancellationToken))!;

        Assert.That(failure.Message, Does.Contain(expected));
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class Team : OnlineMigration
    {
        public override void Up() => Backfill("public.people", where: "t.team IS NULL", apply: "UPDATE public.people AS p SET team = 7 FROM batch AS b WHERE p.id = b.key");

        public override void Down() => Sql("UPDATE public.people SET team = NULL");
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class Idle : OnlineMigration
    {
        public override void Up() => Backfill("public.people", where: "t.team IS NULL", apply: "UPDATE public.people AS p SET team = p.team FROM batch AS b WHERE p.id = b.key AND false");

        public override void Down() => Sql("UPDATE public.people SET team = NULL");
    }
}
