using FluentMigrator;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class ArchivingManyRows : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.teams (id integer PRIMARY KEY, name text);
        CREATE TABLE public.access (id integer PRIMARY KEY, team integer NOT NULL REFERENCES public.teams);
        INSERT INTO public.teams SELECT n, pg_catalog.repeat('x', 100) FROM pg_catalog.generate_series(1, 1000) AS n;
        INSERT INTO public.access SELECT n, 1 + n % 1000 FROM pg_catalog.generate_series(1, 5000) AS n;
        """;

    // What a small batch costs must not grow with the tables that its rows refer to.
    [Test]
    public async Task Batch_that_comes_back_does_not_read_all_of_another_table()
    {
        var small = new BackfillOptions { BatchSize = 10, MaxBatchSize = 20 };
        await using var migrator = new TestMigrator(Database.Options(typeof(AccessGone)) with { Backfill = small });
        await migrator.UpAsync();
        await Database.ExecuteAsync("ANALYZE public.teams, orgschema.archive_access");
        var before = await ReadsAsync();

        await migrator.DownAsync();
        await migrator.DisposeAsync();

        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM public.access"), Is.EqualTo(5000));
        Assert.That(await ReadsAsync() - before, Is.LessThan(20));
    }

    // A migration looks into the archives while it holds locks: what others have archived must not make it slower.
    [TestCase("public.access", 2, "down")]
    [TestCase("public.access", 1, "up")]
    [TestCase("public.teams", 1, "down")]
    public async Task Migration_with_nothing_to_bring_back_reads_no_row_of_an_archive(string table, long version, string way)
    {
        await using var migrator = Database.Migrator(typeof(AccessGone));
        await migrator.UpAsync();
        await using var connection = new NpgsqlConnection(Database.ConnectionString);
        await connection.OpenAsync();

        await connection.ExecuteAsync($"BEGIN; SELECT orgschema.restore_all('{table}', {version}, '{way}')");

        var read = await connection.ScalarAsync<long>("SELECT seq_tup_read + idx_tup_fetch FROM pg_catalog.pg_stat_xact_user_tables WHERE relname = 'archive_access'");
        Assert.That(read, Is.Zero);
    }

    [Test]
    public async Task Statement_that_was_planned_while_the_table_was_empty_is_planned_again()
    {
        await using var migrator = Database.Migrator(typeof(AccessGone));
        await migrator.UpAsync();
        await Database.ExecuteAsync("VACUUM ANALYZE public.access");
        await using var client = new NpgsqlConnection(Database.ConnectionString);
        await client.OpenAsync();
        await client.ExecuteAsync("SET plan_cache_mode = force_generic_plan; PREPARE find (integer) AS SELECT team FROM public.access WHERE id = $1");
        Assert.That(await client.ScalarAsync<string>("EXPLAIN EXECUTE find (1)"), Does.StartWith("Seq Scan"));

        await migrator.DownAsync();

        Assert.That(await client.ScalarAsync<string>("EXPLAIN EXECUTE find (1)"), Does.StartWith("Index"));
    }

    private Task<long> ReadsAsync() =>
        Database.ScalarAsync<long>("SELECT coalesce(pg_catalog.sum(seq_scan), 0)::bigint FROM pg_catalog.pg_stat_user_tables WHERE relname = 'teams'");

    [Backfill(1, TransactionBehavior.None)]
    public sealed class AccessGone : OnlineMigration
    {
        public override void Up() => ArchiveAndDelete("public.access", where: "true");

        public override void Down() => Restore("public.access");
    }
}
