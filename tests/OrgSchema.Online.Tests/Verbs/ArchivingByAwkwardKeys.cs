using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class ArchivingByAwkwardKeys : DatabaseTest
{
    private const string Deferrable = "id integer NOT NULL, note text, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED";
    private const string Nullable = "id integer UNIQUE, note text";
    private const string Partial = "id integer NOT NULL, note text, EXCLUDE (id WITH =) WHERE (id > 0)";
    private const string None = "id integer, note text";
    private const string Unique = "id integer NOT NULL, note text, UNIQUE (id) INCLUDE (note)";

    [TestCase(typeof(DeferrableTable))]
    [TestCase(typeof(NullableTable))]
    [TestCase(typeof(PartialTable))]
    [TestCase(typeof(NoneTable))]
    [TestCase(typeof(UniqueTable))]
    public async Task Dropped_tables_come_back_with_each_row_once(Type migration)
    {
        var table = (TablesGone)Activator.CreateInstance(migration)!;
        await Database.ExecuteAsync($"{table.Make} INSERT INTO public.things VALUES (1, 'one'), (2, NULL), (3, 'three')");
        if (migration == typeof(NoneTable))
            await Database.ExecuteAsync("INSERT INTO public.things VALUES (1, 'one'), (1, 'one'), (NULL, NULL), (NULL, NULL)");
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(migration);

        foreach (var direction in (Direction[])[Direction.Up, Direction.Down, Direction.Up, Direction.Down])
            await migrator.RunAsync(direction);

        (await Database.FingerprintAsync()).AssertSameAs(before);
        Assert.That(await Database.ScalarAsync<bool>("SELECT to_regclass('orgschema.archive_things') IS NULL"), "rows stay in the archive");
    }

    [TestCase(Deferrable)]
    [TestCase(Unique)]
    public async Task Deleted_rows_come_back(string columns)
    {
        await Database.ExecuteAsync($"CREATE TABLE public.things ({columns})");
        await Database.ExecuteAsync("INSERT INTO public.things VALUES (1, 'one'), (2, NULL), (3, 'three')");
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(typeof(RowsGone));

        await migrator.UpAsync();
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM public.things"), Is.EqualTo(1));
        await migrator.DownAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [TestCase(Nullable)]
    [TestCase(Partial)]
    [TestCase(None)]
    public async Task Rows_that_cannot_be_told_apart_are_refused_before_anything(string columns)
    {
        await Database.ExecuteAsync($"CREATE TABLE public.things ({columns})");
        await Database.ExecuteAsync("INSERT INTO public.things VALUES (1, 'one'), (2, NULL), (3, 'three')");
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(typeof(Before), typeof(RowsGone));

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<PreflightException>().With.Property(nameof(PreflightException.Findings))
            .Some.Property(nameof(Finding.Message)).Contains("public.things"));

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Expand(1)]
    public sealed class Before : OnlineMigration
    {
        public override void Up() => Sql("CREATE TABLE public.before (id integer PRIMARY KEY)");

        public override void Down() => Sql("DROP TABLE public.before");
    }

    [Backfill(2, TransactionBehavior.None)]
    public sealed class RowsGone : OnlineMigration
    {
        public override void Up() => ArchiveAndDelete("public.things", where: "t.id <> 2");

        public override void Down() => Restore("public.things");
    }

    [Expand(1)]
    public sealed class DeferrableTable() : TablesGone(("public.things", Deferrable));

    [Expand(1)]
    public sealed class NullableTable() : TablesGone(("public.things", Nullable));

    [Expand(1)]
    public sealed class PartialTable() : TablesGone(("public.things", Partial));

    [Expand(1)]
    public sealed class NoneTable() : TablesGone(("public.things", None));

    [Expand(1)]
    public sealed class UniqueTable() : TablesGone(("public.things", Unique));
}
