using System.Text.RegularExpressions;
using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Verbs for columns and tables, with names that SQL, format() and C# could take for something else.</summary>
public sealed class OddNames : DatabaseTest
{
    private const string Odd = """%s {0} "x" 'y' $twin$ \ Ü""";
    private const string Table = $"public.T{Odd}";
    private const string Children = $"public.C{Odd}";

    private static readonly string Id = $"i{Odd}".Sql();
    private static readonly string Name = $"n{Odd}".Sql();
    private static readonly string Named = $"m{Odd}".Sql();
    private static readonly string Added = $"a{Odd}".Sql();

    protected override string Schema => $"""
        CREATE TABLE public.{$"T{Odd}".Sql()} ({Id} serial PRIMARY KEY, {Name} text DEFAULT 'none' UNIQUE CHECK ({Name} <> ''));
        CREATE TABLE public.{$"C{Odd}".Sql()} (parent integer REFERENCES public.{$"T{Odd}".Sql()});
        INSERT INTO public.{$"T{Odd}".Sql()} ({Name}) VALUES ('Ada'), ('Eve');
        INSERT INTO public.{$"C{Odd}".Sql()} VALUES (1), (2);
        """;

    [Test]
    public async Task Journey_there_and_back_ends_where_it_began()
    {
        var before = await CatalogAsync();
        await using var migrator = Database.Migrator(typeof(Changed), typeof(Renamed), typeof(Ended));
        await migrator.UpAsync();
        await Database.ExecuteAsync($"INSERT INTO public.{$"T{Odd}".Sql()} ({Name}) VALUES ('old')");
        await Database.ExecuteAsync($"INSERT INTO public.{$"T{Odd}".Sql()} ({Named}) VALUES ('new')");

        Assert.That(
            await Database.ColumnAsync<string>($"SELECT concat_ws(' ', {Id}, {Name}, {Named}, {Added}) FROM public.{$"T{Odd}".Sql()} ORDER BY {Id}"),
            Is.EqualTo(new[] { "1 Ada Ada Ada!", "2 Eve Eve Eve!", "3 old old -", "4 new new -" }));
        await migrator.ContractAsync();
        Assert.That(
            await Database.ColumnAsync<string>("""
                SELECT attname::text FROM pg_attribute
                WHERE attrelid = (SELECT confrelid FROM pg_constraint WHERE contype = 'f' AND conrelid = 'public.new'::regclass)
                  AND attnum > 0 AND NOT attisdropped
                """),
            Is.EquivalentTo(new[] { $"a{Odd}", $"i{Odd}", $"m{Odd}" }));
        await migrator.DownAsync();

        // A column that was made again is the last one.
        Assert.That(Lines(await CatalogAsync()), Is.EquivalentTo(Lines(before)));

        static IEnumerable<string> Lines(Fingerprint catalog) => catalog.Lines.Select(line => Regex.Replace(line.ToString(), "column +[0-9]+", "column"));
    }

    [Test]
    public async Task Copies_that_follow_a_rename_in_one_migration_are_refused()
    {
        var before = await CatalogAsync();
        await using var migrator = Database.Migrator(typeof(Mixed));

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<RequestException>().With.Message.Contains("renames something before it comes to this step"));

        (await CatalogAsync()).AssertSameAs(before);
    }

    private async Task<Fingerprint> CatalogAsync() => (await Database.FingerprintAsync())
        .Where(line => !line.Subject.StartsWith("orgschema", StringComparison.Ordinal) && !line.Text.StartsWith("row", StringComparison.Ordinal)
            && !line.Text.StartsWith("last value", StringComparison.Ordinal));

    [Expand(1, TransactionBehavior.None)]
    public sealed class Changed : OnlineMigration
    {
        public override void Up()
        {
            AddColumn(Table, Added, "text", existing: $"t.{Name} || '!'", defaultValue: "'-'", notNull: true, key: Id);
            ChangeType(Table, Id, "bigint", convert: $"{Id}::bigint", key: Id);
        }

        public override void Down()
        {
            UndoChangeType(Table, Id);
            ArchiveAndDropColumn(Table, Added, key: Id);
        }
    }

    [Expand(2, TransactionBehavior.None)]
    public sealed class Renamed : OnlineMigration
    {
        public override void Up()
        {
            RenameColumn(Table, Name, Named, key: Id);
            RenameTable(Children, "new");
        }

        public override void Down()
        {
            UndoRenameTable(Children, "new");
            UndoRenameColumn(Table, Name, Named);
        }
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Mixed : OnlineMigration
    {
        public override void Up()
        {
            RenameColumn(Table, Name, Named, key: Id);
            ChangeType(Table, Id, "bigint", key: Id);
        }

        public override void Down() => UndoChangeType(Table, Id);
    }

    [Contract(3, TransactionBehavior.None)]
    public sealed class Ended : OnlineMigration
    {
        public override void Up()
        {
            FinishRenameTable(Children, "new");
            FinishChangeType(Table, Id, key: Id);
            FinishRenameColumn(Table, Name, Named);
        }

        public override void Down()
        {
            UndoFinishRenameColumn(Table, Name, Named, key: Id);
            UndoFinishChangeType(Table, Id, "integer", key: Id);
            UndoFinishRenameTable(Children, "new");
        }
    }
}
