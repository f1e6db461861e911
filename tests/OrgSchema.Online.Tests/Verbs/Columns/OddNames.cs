using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Verbs for columns and tables, with names that SQL, format() and C# could take for something else.</summary>
public sealed class OddNames : DatabaseTest
{
    private const string Odd = """%s {0} "x" 'y' $twin$ \ Ü""";
    private const string Table = $"public.T{Odd}";

    private static readonly string Id = $"i{Odd}".Sql();
    private static readonly string Name = $"n{Odd}".Sql();
    private static readonly string Named = $"m{Odd}".Sql();
    private static readonly string Added = $"a{Odd}".Sql();

    protected override string Schema => $"""
        CREATE TABLE public.{$"T{Odd}".Sql()} ({Id} serial PRIMARY KEY, {Name} text DEFAULT 'none' UNIQUE CHECK ({Name} <> ''));
        CREATE TABLE public.children (parent integer REFERENCES public.{$"T{Odd}".Sql()});
        INSERT INTO public.{$"T{Odd}".Sql()} ({Name}) VALUES ('Ada'), ('Eve');
        INSERT INTO public.children VALUES (1), (2);
        """;

    [Test]
    public async Task Journey_there_and_back_ends_where_it_began()
    {
        var before = await CatalogAsync();
        await using var migrator = Database.Migrator(typeof(Changed), typeof(Ended));
        await migrator.UpAsync();
        await Database.ExecuteAsync($"INSERT INTO public.{$"T{Odd}".Sql()} ({Name}) VALUES ('old'); INSERT INTO public.new ({Named}) VALUES ('new')");

        Assert.That(
            await Database.ColumnAsync<string>($"SELECT concat_ws(' ', {Id}, {Name}, {Named}, {Added}) FROM public.new ORDER BY {Id}"),
            Is.EqualTo(new[] { "1 Ada Ada Ada!", "2 Eve Eve Eve!", "3 old old -", "4 new new -" }));
        await migrator.ContractAsync();
        Assert.That(
            await Database.ColumnAsync<string>("SELECT attname::text FROM pg_attribute WHERE attrelid = 'public.new'::regclass AND attnum > 0 AND NOT attisdropped"),
            Is.EquivalentTo(new[] { $"a{Odd}", $"i{Odd}", $"m{Odd}" }));
        await migrator.DownAsync(DownTarget.Above(1));
        await migrator.DownAsync();

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
            RenameColumn(Table, Name, Named, key: Id);
            ChangeType(Table, Id, "bigint", convert: $"{Id}::bigint", key: Id);
            RenameTable(Table, "new");
        }

        public override void Down()
        {
            UndoRenameTable(Table, "new");
            UndoChangeType(Table, Id);
            UndoRenameColumn(Table, Name, Named);
            ArchiveAndDropColumn(Table, Added, key: Id);
        }
    }

    [Contract(2, TransactionBehavior.None)]
    public sealed class Ended : OnlineMigration
    {
        public override void Up()
        {
            FinishRenameTable(Table, "new");
            FinishChangeType("public.new", Id, key: Id);
            FinishRenameColumn("public.new", Name, Named);
        }

        public override void Down()
        {
            UndoFinishRenameColumn("public.new", Name, Named, key: Id);
            UndoFinishChangeType("public.new", Id, "integer", key: Id);
            UndoFinishRenameTable(Table, "new");
        }
    }
}
