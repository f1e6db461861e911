using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class ArchivingTablesOfOneName : DatabaseTest
{
    private const string Long = "a_name_that_is_as_long_as_the_server_lets_a_name_of_a_table_b";

    protected override string Schema => "CREATE SCHEMA app; CREATE SCHEMA billing; CREATE SCHEMA app_old;";

    [TestCase(typeof(InTwoSchemas))]
    [TestCase(typeof(InPublicToo))]
    [TestCase(typeof(WithUnderscores))]
    [TestCase(typeof(WithLongNames))]
    public async Task Brings_each_its_own_rows_back(Type migration)
    {
        var tables = (TablesGone)Activator.CreateInstance(migration)!;
        await Database.ExecuteAsync(tables.Make);
        foreach (var table in await TablesAsync())
            await Database.ExecuteAsync($"INSERT INTO {table} SELECT n, '{table} ' || n FROM generate_series(1, 3) AS n");
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(migration);

        await migrator.UpAsync();
        Assert.That(await TablesAsync(), Is.Empty);
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM orgschema.archive"), Is.EqualTo(2), "an archive a table");
        await migrator.DownAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    private Task<IReadOnlyList<string>> TablesAsync() =>
        Database.ColumnAsync<string>("""
            SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
            WHERE schemaname IN ('public', 'app', 'billing', 'app_old') ORDER BY 1
            """);

    [Expand(1)]
    public sealed class InTwoSchemas() : TablesGone(
        ("app.orders", "id integer PRIMARY KEY, note text"),
        ("billing.orders", "id integer PRIMARY KEY, total text"));

    [Expand(1)]
    public sealed class InPublicToo() : TablesGone(
        ("public.orders", "id integer PRIMARY KEY, note text"),
        ("app.orders", "id integer, note text"));

    [Expand(1)]
    public sealed class WithUnderscores() : TablesGone(
        ("app.old_orders", "id integer PRIMARY KEY, note text"),
        ("app_old.orders", "id integer PRIMARY KEY, note text"));

    [Expand(1)]
    public sealed class WithLongNames() : TablesGone(
        ($"public.{Long}1", "id integer PRIMARY KEY, note text"),
        ($"public.{Long}2", "id integer PRIMARY KEY, note text"));
}
