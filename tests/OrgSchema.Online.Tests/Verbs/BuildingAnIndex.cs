using FluentMigrator;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class BuildingAnIndex : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.people (id integer PRIMARY KEY, name text, team integer);
        CREATE TABLE public.others (name text);
        INSERT INTO public.people VALUES (1, 'Ada', 1), (2, 'Grace', 1);
        """;

    [Test]
    public async Task Index_is_there_and_valid()
    {
        await UpAsync<PlainIndex>();

        Assert.That(await DefinitionsAsync(), Is.EqualTo(new[] { "CREATE INDEX people_idx ON public.people USING btree (name, team)" }));
    }

    [Test]
    public async Task Unique_index_refuses_the_next_duplicate()
    {
        await UpAsync<UniqueIndex>();

        Assert.That(
            () => Database.ExecuteAsync("INSERT INTO public.people VALUES (3, 'Ada', 1)"),
            Throws.TypeOf<PostgresException>().With.Property(nameof(PostgresException.ConstraintName)).EqualTo("people_idx"));
    }

    [Test]
    public async Task Down_leaves_nothing()
    {
        var before = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(typeof(PlainIndex));
        await migrator.UpAsync();

        await migrator.DownAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Leftover_of_an_interrupted_build_is_built_anew()
    {
        await UpAsync<PlainIndex>();
        var undisturbed = await Database.FingerprintAsync();
        await Database.ExecuteAsync("DELETE FROM orgschema.schema_version");
        await Database.ExecuteAsSuperuserAsync("UPDATE pg_catalog.pg_index SET indisvalid = false, indisready = false WHERE indexrelid = 'public.people_idx'::regclass");

        await UpAsync<PlainIndex>();

        (await Database.FingerprintAsync()).AssertSameAs(undisturbed);
    }

    [Test]
    public async Task Down_drops_the_leftover_too()
    {
        var before = await Database.FingerprintAsync();
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (3, 'Ada', 1)");
        Assert.That(() => UpAsync<UniqueIndex>(), Throws.TypeOf<MigrationFailedException>());
        await Database.ExecuteAsync("DELETE FROM public.people WHERE id = 3");
        await using var migrator = Database.Migrator(typeof(UniqueIndex));

        await migrator.DownAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Duplicates_are_named_and_converge_once_they_are_gone()
    {
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (3, 'Ada', 1)");

        Assert.That(
            () => UpAsync<UniqueIndex>(),
            Throws.TypeOf<MigrationFailedException>().With.Message.Contains("1 UniqueIndex").And.Message.Contains("Key (name)=(Ada) is duplicated"));
        Assert.That(await Database.ScalarAsync<bool>("SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = 'public.people_idx'::regclass"), Is.False, "no leftover: the test tests nothing");

        await Database.ExecuteAsync("DELETE FROM public.people WHERE id = 3");
        await UpAsync<UniqueIndex>();
        Assert.That(await DefinitionsAsync(), Is.EqualTo(new[] { "CREATE UNIQUE INDEX people_idx ON public.people USING btree (name)" }));
    }

    [TestCase("CREATE INDEX people_idx ON public.others (name)", "The name public.people_idx is taken", TestName = "Another_tables_index_of_the_name_is_refused")]
    [TestCase("CREATE TABLE public.people_idx ()", "The name public.people_idx is taken", TestName = "Another_object_of_the_name_is_refused")]
    [TestCase("CREATE INDEX people_idx ON public.people (name)", "exists but is not", TestName = "Index_with_fewer_columns_is_refused")]
    [TestCase("CREATE INDEX people_idx ON public.people (team, name)", "exists but is not", TestName = "Index_in_another_order_is_refused")]
    [TestCase("CREATE UNIQUE INDEX people_idx ON public.people (name, team)", "exists but is not", TestName = "Unique_index_instead_of_a_plain_one_is_refused")]
    [TestCase("CREATE INDEX people_idx ON public.people (name, team) WHERE team > 1", "exists but is not", TestName = "Partial_index_is_refused")]
    [TestCase("CREATE INDEX people_idx ON public.people (name, lower(name))", "exists but is not", TestName = "Index_on_an_expression_is_refused")]
    public async Task Refused(string there, string message)
    {
        await Database.ExecuteAsync(there);
        var before = await Database.FingerprintAsync();

        Assert.That(() => UpAsync<PlainIndex>(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains(message).And.Message.Contains("public.people_idx"));

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Index_that_is_there_already_is_kept()
    {
        await Database.ExecuteAsync("CREATE INDEX people_idx ON public.people (name, team)");
        var before = await Database.ScalarAsync<uint>("SELECT 'public.people_idx'::regclass::oid");

        await UpAsync<PlainIndex>();

        Assert.That(await Database.ScalarAsync<uint>("SELECT 'public.people_idx'::regclass::oid"), Is.EqualTo(before));
    }

    [Test]
    public async Task Down_does_not_touch_another_tables_index()
    {
        await using var migrator = Database.Migrator(typeof(PlainIndex));
        await migrator.UpAsync();
        await Database.ExecuteAsync("DROP INDEX public.people_idx; CREATE INDEX people_idx ON public.others (name)");

        await migrator.DownAsync();

        Assert.That(await DefinitionsAsync(), Is.EqualTo(new[] { "CREATE INDEX people_idx ON public.others USING btree (name)" }));
    }

    private async Task UpAsync<T>()
    {
        await using var migrator = Database.Migrator(typeof(T));
        await migrator.UpAsync();
    }

    private Task<IReadOnlyList<string>> DefinitionsAsync() => Database.ColumnAsync<string>(
        "SELECT pg_catalog.pg_get_indexdef(indexrelid) FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass('public.people_idx') AND indisvalid");

    [Expand(1, TransactionBehavior.None)]
    public sealed class PlainIndex : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently("people_idx", on: "public.people", columns: "name, team");

        public override void Down() => DropIndexConcurrently("people_idx", on: "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class UniqueIndex : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently("people_idx", on: "public.people", columns: "name", unique: true);

        public override void Down() => DropIndexConcurrently("people_idx", on: "public.people");
    }
}
