using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class ArchivingAwkwardNames : DatabaseTest
{
    private const string Columns = """
        id integer PRIMARY KEY, archived_at text, archived_by text, archived_way text, stale text, owed text, kept_because text,
        key text, value text, data text, kind text, root text, cause text, left_as text,
        "select" text, "Mixed ""Case"" " text, "a ->> 'b'" text, t text, a text, d text, p text, place text, size text
        """;

    protected override string Schema => $"""
        CREATE TABLE public.things ({Columns});
        INSERT INTO public.things
        SELECT 1, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v';
        INSERT INTO public.things (id, stale, "select") VALUES (2, 'only', '');
        CREATE TABLE public.archive (id integer PRIMARY KEY, note text, thing integer REFERENCES public.things ON DELETE CASCADE);
        CREATE TABLE public.definition (stale integer PRIMARY KEY, thing integer REFERENCES public.things ON DELETE SET NULL);
        INSERT INTO public.archive VALUES (1, 'one', 1), (2, 'two', 2), (3, 'none', NULL);
        INSERT INTO public.definition VALUES (1, 1), (2, 2), (3, NULL);
        """;

    [TestCase(typeof(RowsGone))]
    [TestCase(typeof(TableGone))]
    [TestCase(typeof(ArchiveGone))]
    [TestCase(typeof(ColumnStaleGone))]
    [TestCase(typeof(ColumnArchivedAtGone))]
    [TestCase(typeof(ColumnValueGone))]
    public async Task Clashes_with_nothing(Type migration)
    {
        if (migration == typeof(TableGone))
            await Database.ExecuteAsync("ALTER TABLE public.archive DROP COLUMN thing; ALTER TABLE public.definition DROP COLUMN thing");
        var before = await RowsAsync();
        await using var migrator = Database.Migrator(migration);

        foreach (var direction in (Direction[])[Direction.Up, Direction.Down, Direction.Up, Direction.Down])
            await migrator.RunAsync(direction);

        Assert.That(await RowsAsync(), Is.EqualTo(before));
        var archives = await Database.ColumnAsync<string>(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'orgschema' AND tablename ~ '^archive_(?!definition$)'");
        Assert.That(archives, Is.Empty);
    }

    // A column that comes back is the last one: rows are compared by name.
    private async Task<string?> RowsAsync() => await Database.ScalarAsync<string>("""
        SELECT string_agg(r, E'\n' ORDER BY r) FROM (
            SELECT to_jsonb(t)::text FROM public.things AS t
            UNION ALL SELECT to_jsonb(t)::text FROM public.archive AS t
            UNION ALL SELECT to_jsonb(t)::text FROM public.definition AS t) AS x (r)
        """);

    [Backfill(1, TransactionBehavior.None)]
    public sealed class RowsGone : OnlineMigration
    {
        public override void Up() => ArchiveAndDelete("public.things", where: null);

        public override void Down() => Restore("public.things");
    }

    [Expand(1)]
    public sealed class TableGone() : TablesGone(("public.things", Columns));

    [Expand(1)]
    public sealed class ArchiveGone() : TablesGone(
        ("public.archive", "id integer PRIMARY KEY, note text, thing integer REFERENCES public.things ON DELETE CASCADE"),
        ("public.definition", "stale integer PRIMARY KEY, thing integer REFERENCES public.things ON DELETE SET NULL"));

    [Expand(1, TransactionBehavior.None)]
    public sealed class ColumnStaleGone() : ColumnGone("stale");

    [Expand(1, TransactionBehavior.None)]
    public sealed class ColumnArchivedAtGone() : ColumnGone("archived_at");

    [Expand(1, TransactionBehavior.None)]
    public sealed class ColumnValueGone() : ColumnGone("value");

    public abstract class ColumnGone(string column) : OnlineMigration
    {
        public override void Up() => ArchiveAndDropColumn("public.things", column);

        public override void Down()
        {
            Sql($"ALTER TABLE public.things ADD COLUMN IF NOT EXISTS {column} text");
            RestoreColumn("public.things", column);
        }
    }
}
