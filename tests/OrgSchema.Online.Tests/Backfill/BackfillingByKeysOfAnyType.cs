using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class BackfillingByKeysOfAnyType : DatabaseTest
{
    [TestCase("uuid", "pg_catalog.gen_random_uuid()")]
    [TestCase("smallint", "(n - 50)::smallint")]
    [TestCase("bigint", "9223372036854775807 - n")]
    [TestCase("numeric", "n / 7.0")]
    [TestCase("text", "repeat('''', n) || 'ä\\b%_' || n")]
    [TestCase("varchar(20)", "n::text")]
    [TestCase("timestamptz", "'2026-03-29 00:59:00.123456Z'::timestamptz + n * interval '1 minute'")]
    [TestCase("date", "'2026-02-01'::date + n")]
    [TestCase("bytea", "('\\x' || pg_catalog.lpad(pg_catalog.to_hex(n), 4, '0'))::bytea")]
    public async Task Every_row_is_done_once(string type, string value)
    {
        await Database.ExecuteAsync(
            $"""
            CREATE TABLE public.things (key {type} PRIMARY KEY, changes integer NOT NULL DEFAULT 0);
            INSERT INTO public.things SELECT {value} FROM pg_catalog.generate_series(1, 100) AS n;
            """);
        await using var migrator = new TestMigrator(Database.Options(typeof(Count)) with { Backfill = new BackfillOptions { BatchSize = 7, MaxBatchSize = 7, TargetDuration = TimeSpan.FromHours(1), Pause = TimeSpan.Zero } });

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM public.things WHERE changes = 1"), Is.EqualTo(100));
        Assert.That(migrator.Told.OfType<BackfillProgressed>().Count(), Is.EqualTo(15), "more than one pass, or fewer batches");
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class Count : OnlineMigration
    {
        public override void Up() => Backfill("public.things", where: "t.changes = 0", apply: "UPDATE public.things AS p SET changes = p.changes + 1 FROM batch AS b WHERE p.key = b.key", key: "key");

        public override void Down() => Sql("UPDATE public.things SET changes = 0");
    }
}
