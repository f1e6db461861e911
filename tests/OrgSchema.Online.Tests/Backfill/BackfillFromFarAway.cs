using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class BackfillFromFarAway : DatabaseTest
{
    // Rows of the second batch: twice as many as the first, which was fast.
    private const int Second = 400;

    protected override string Schema => "CREATE TABLE public.people (id integer PRIMARY KEY, done boolean); INSERT INTO public.people SELECT n FROM generate_series(1, 3000) AS n";

    // From the second batch on none is as fast as its target, however small it is: the answer alone is under way for longer.
    [Test]
    public async Task Has_batches_as_large_as_the_server_likes_them()
    {
        await using var proxy = new CuttingProxy(Database.ConnectionString);
        await using var migrator = new TestMigrator(Database.Options(typeof(FillPeople)) with
        {
            ConnectionString = proxy.ConnectionString,
            Backfill = new BackfillOptions { BatchSize = Second / 2, TargetDuration = TimeSpan.FromMilliseconds(200), Pause = TimeSpan.Zero },
        })
        {
            OnTold = told => proxy.Distance = told is BackfillProgressed { Batch: <= Second } ? TimeSpan.FromMilliseconds(300) : TimeSpan.Zero,
        };

        await migrator.UpAsync();

        var batches = migrator.Told.OfType<BackfillProgressed>().Select(told => told.Batch).Where(size => size > 0).ToList();
        Assert.That(batches.Sum(), Is.EqualTo(3000));
        Assert.That(batches.Max(), Is.GreaterThan(Second), string.Join(", ", batches));
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class FillPeople : OnlineMigration
    {
        public override void Up() => Backfill("public.people", where: "t.done IS NULL", apply: "UPDATE public.people AS p SET done = true FROM batch WHERE p.id = batch.key");

        public override void Down()
        {
        }
    }
}
