using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class Names : DatabaseTest
{
    private static readonly string TooLong = new('ü', 32);

    [TestCase("public.dsos", "public", "dsos", "public.dsos")]
    [TestCase("_a.b_1", "_a", "b_1", "_a.b_1")]
    [TestCase("public.Users", "public", "Users", "public.\"Users\"")]
    [TestCase("public.order", "public", "order", "public.\"order\"")]
    [TestCase("a.b.c", "a", "b.c", "a.\"b.c\"")]
    [TestCase("public.\"My.Table\"", "public", "My.Table", "public.\"My.Table\"")]
    [TestCase("\"a\"\"b\".c", "a\"b", "c", "\"a\"\"b\".c")]
    [TestCase("\"a.b\".\"c\"", "a.b", "c", "\"a.b\".c")]
    [TestCase("public.a\"b", "public", "a\"b", "public.\"a\"\"b\"")]
    [TestCase("public.dsos ", "public", "dsos ", "public.\"dsos \"")]
    [TestCase("public.dsos; DROP TABLE dsos", "public", "dsos; DROP TABLE dsos", "public.\"dsos; DROP TABLE dsos\"")]
    public void Qualified_name_is_read(string text, string schema, string name, string sql)
    {
        QualifiedName read = text;

        Assert.That((read.Schema, read.Name, read.ToString()), Is.EqualTo((schema, name, sql)));
        Assert.That(QualifiedName.Parse(read.ToString()), Is.EqualTo(read));
    }

    [TestCase("", "'' is not a name of the form schema.name.")]
    [TestCase("dsos", "'dsos' is not a name of the form schema.name.")]
    [TestCase("public.\"dsos", "'public.\"dsos' is not a name of the form schema.name.")]
    [TestCase("public.\"ds\"os", "'public.\"ds\"os' is not a name of the form schema.name.")]
    [TestCase("public.", "A name is empty.")]
    [TestCase(".dsos", "A name is empty.")]
    [TestCase("public.\"\"", "A name is empty.")]
    [TestCase("public.a\0b", "'a\\0b' has U+0000, which no name can have.")]
    public void Anything_else_is_refused(string text, string message) =>
        Assert.That(() => QualifiedName.Parse(text), Throws.ArgumentException.With.Message.StartsWith(message));

    [Test]
    public void Name_that_PostgreSQL_would_cut_is_refused()
    {
        Assert.That(new QualifiedName("public", TooLong[1..] + "u").Name, Has.Length.EqualTo(32));
        Assert.That(
            () => new QualifiedName("public", TooLong),
            Throws.ArgumentException.With.Message.Contains("is a name of 64 bytes, and PostgreSQL would cut it to 63."));
        Assert.That(() => new QualifiedName(new string('a', 64), "dsos"), Throws.ArgumentException.With.Message.Contains("is a name of 64 bytes"));
    }

    [Test]
    public void Names_are_equal_by_value() => Assert.That(QualifiedName.Parse("public.dsos"), Is.EqualTo(new QualifiedName("public", "dsos")));

    [Test]
    public async Task Columns_are_read_up_to_commas_outside_of_double_quotes()
    {
        await Database.ExecuteAsync("""CREATE TABLE public.people ("Name" text, "a, b" text, "c""d" text, e text)""");
        await using var migrator = Database.Migrator(typeof(Indexed));

        await migrator.UpAsync();

        Assert.That(
            await Database.ColumnAsync<string>("SELECT attname::text FROM pg_attribute WHERE attrelid = 'public.\"IX_People\"'::regclass ORDER BY attnum"),
            Is.EqualTo(new[] { "Name", "a, b", "c\"d", "e" }));
    }

    [TestCase(typeof(Refused<LongName>), "is a name of 64 bytes, and PostgreSQL would cut it to 63.")]
    [TestCase(typeof(Refused<EmptyName>), "A name is empty.")]
    [TestCase(typeof(Refused<ZeroName>), "has U+0000, which no name can have.")]
    [TestCase(typeof(Refused<HalfQuoted>), "begins with a double quote, and is not a name in double quotes as in SQL.")]
    [TestCase(typeof(NoSchema), "'people' is not a name of the form schema.name.")]
    [TestCase(typeof(NoList), "'\"a\"b' begins with a double quote, and is not a name in double quotes as in SQL.")]
    public async Task Name_that_cannot_be_is_refused_before_anything_runs(Type migration, string message)
    {
        await using var migrator = Database.Migrator(migration);

        var refused = Assert.ThrowsAsync<RequestException>(() => migrator.UpAsync())!;

        Assert.That(refused.Message, Does.StartWith("Up() of 1 ").And.Contain(message));
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Indexed : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently("IX_People", "public.people", "Name, \"a, b\" ,\"c\"\"d\",e");

        public override void Down() => DropIndexConcurrently("IX_People", "public.people");
    }

    public interface IName
    {
        static abstract string Name { get; }
    }

    public sealed class LongName : IName
    {
        public static string Name => TooLong;
    }

    public sealed class EmptyName : IName
    {
        public static string Name => "";
    }

    public sealed class ZeroName : IName
    {
        public static string Name => "a\0b";
    }

    public sealed class HalfQuoted : IName
    {
        public static string Name => "\"a";
    }

    [Expand(1)]
    public sealed class Refused<T> : OnlineMigration
        where T : IName
    {
        public override void Up() => AllowNull("public.people", T.Name);

        public override void Down()
        {
        }
    }

    [Expand(1)]
    public sealed class NoSchema : OnlineMigration
    {
        public override void Up() => Restore("people");

        public override void Down()
        {
        }
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class NoList : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently("a", "public.people", "\"a\"b, c");

        public override void Down()
        {
        }
    }
}
