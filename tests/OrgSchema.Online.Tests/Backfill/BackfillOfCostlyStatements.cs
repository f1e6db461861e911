using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class BackfillOfCostlyStatements : DatabaseTest
{
    private const int Rows = 8_000;

    // Each statement takes longer than a batch should, however few its rows are, and never the same: as on a machine with other work.
    protected override string Schema =>
        $"""
        CREATE TABLE public.people (id integer PRIMARY KEY, done boolean);
        INSERT INTO public.people SELECT n FROM generate_series(1, {Rows}) AS n;
        CREATE FUNCTION public.cost() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            PERFORM pg_catalog.pg_sleep(0.02 + 0.03 * random() + CASE WHEN random() < 0.2 THEN 0.1 * random() ELSE 0 END);
            RETURN NULL;
        END $body$;
        CREATE TRIGGER cost AFTER UPDATE ON public.people FOR EACH STATEMENT EXECUTE FUNCTION public.cost();
        """;

    [Test]
    [Repeat(3)]
    public async Task Has_no_smaller_batches_than_helps()
    {
        await using var migrator = new TestMigrator(Database.Options(typeof(FillPeople)) with
        {
            Backfill = new BackfillOptions { BatchSize = 500, TargetDuration = TimeSpan.FromMilliseconds(20), Pause = TimeSpan.Zero },
        });

        await migrator.UpAsync();

        var batches = migrator.Told.OfType<BackfillProgressed>().Select(told => told.Batch).Where(size => size > 0).ToList();
        Assert.That(batches.Sum(), Is.EqualTo(Rows));
        Assert.That(batches, Has.Count.LessThan(Rows / 10), string.Join(", ", batches));
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class FillPeople : OnlineMigration
    {
        public override void Up() => Backfill(
            "public.people", where: "t.done IS NULL", apply: "UPDATE public.people AS p SET done = true FROM batch WHERE p.id = batch.key");

        public override void Down()
        {
        }
    }
}
