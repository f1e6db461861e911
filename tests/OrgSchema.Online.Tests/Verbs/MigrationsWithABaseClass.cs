using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>The verbs in migrations that do not derive from <see cref="OnlineMigration"/>.</summary>
public sealed class MigrationsWithABaseClass : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.people (id integer PRIMARY KEY, name text);
        INSERT INTO public.people VALUES (1, 'Ada'), (2, NULL);
        """;

    [TestCase(typeof(Named))]
    [TestCase(typeof(NamedAsAlways))]
    public async Task Have_the_same_verbs_in_the_order_of_all(Type migration)
    {
        var before = await StructureAsync();
        await using var migrator = Database.Migrator(migration);

        await migrator.UpAsync();

        Assert.That(await Database.ColumnAsync<string>("SELECT name FROM public.people ORDER BY id"), Is.EqualTo(new[] { "Ada", "nobody" }));
        Assert.That(() => Database.ExecuteAsync("INSERT INTO public.people VALUES (3, NULL)"), Throws.Exception.With.Message.Contains("name"));
        Assert.That(await Database.ScalarAsync<bool>("SELECT indisvalid FROM pg_index WHERE indexrelid = 'public.people_idx'::regclass"), Is.True);

        await migrator.DownAsync();

        (await StructureAsync()).AssertSameAs(before);
    }

    [Test]
    public void Have_them_in_Up_and_Down_only()
    {
        Assert.That(() => new Named().Online(), Throws.InvalidOperationException);
        Assert.That(() => new NamedAsAlways().Online().AllowNull("public.people", "name"), Throws.InvalidOperationException);
    }

    // The backfill stays done.
    private async Task<Fingerprint> StructureAsync() =>
        (await Database.FingerprintAsync()).Where(line => !line.Text.StartsWith("row ", StringComparison.Ordinal));

    /// <summary>A project's own.</summary>
    public abstract class Base : Migration
    {
        protected static string Table => "public.people";
    }

    [Migration(1, TransactionBehavior.None)]
    public sealed class Named : Base
    {
        public override void Up()
        {
            Execute.Sql("ALTER TABLE public.people ADD COLUMN IF NOT EXISTS nick text");
            this.Online().CreateIndexConcurrently("people_idx", on: Table, columns: "nick");
            this.Online().Backfill(
                Table, where: "t.name IS NULL", apply: "UPDATE public.people AS p SET name = 'nobody' FROM batch AS b WHERE p.id = b.key");
            this.Online().RequireNotNull(Table, "name");
        }

        public override void Down()
        {
            this.Online().AllowNull(Table, "name");
            this.Online().DropIndexConcurrently("people_idx", on: Table);
            Execute.Sql("ALTER TABLE public.people DROP COLUMN IF EXISTS nick");
        }
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class NamedAsAlways : OnlineMigration
    {
        public override void Up()
        {
            this.Online().CreateIndexConcurrently("people_idx", on: "public.people", columns: "name");
            Backfill(
                "public.people", where: "t.name IS NULL", apply: "UPDATE public.people AS p SET name = 'nobody' FROM batch AS b WHERE p.id = b.key");
            this.Online().RequireNotNull("public.people", "name");
        }

        public override void Down()
        {
            this.Online().AllowNull("public.people", "name");
            DropIndexConcurrently("people_idx", on: "public.people");
        }
    }
}
