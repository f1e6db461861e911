using FluentMigrator;
using FluentMigrator.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Indexes of more than columns: all that CREATE INDEX can say.</summary>
public sealed class BuildingAnyIndex : DatabaseTest
{
    private static readonly TestCaseData[] Indexes =
    [
        Case("name DESC NULLS LAST", "CREATE INDEX people_idx ON public.people USING btree (name DESC NULLS LAST)"),
        Case("name desc, team nulls first", "CREATE INDEX people_idx ON public.people USING btree (name DESC, team NULLS FIRST)"),
        Case("First Name DESC, \"a,b\"", "CREATE INDEX people_idx ON public.people USING btree (\"First Name\" DESC, \"a,b\")"),
        Case("name text_pattern_ops", "CREATE INDEX people_idx ON public.people USING btree (name text_pattern_ops)"),
        Case("name COLLATE \"C\" DESC", "CREATE INDEX people_idx ON public.people USING btree (name COLLATE \"C\" DESC)"),
        Case("lower(name), (team + 1) DESC", "CREATE INDEX people_idx ON public.people USING btree (lower(name), ((team + 1)) DESC)"),
        Case("coalesce(team, id) DESC", "CREATE INDEX people_idx ON public.people USING btree (COALESCE(team, id) DESC)"),
        Case("coalesce(name, 'a,(b')", "CREATE INDEX people_idx ON public.people USING btree (COALESCE(name, 'a,(b'::text))"),
        Case("lower(\"First Name\") text_pattern_ops", "CREATE INDEX people_idx ON public.people USING btree (lower(\"First Name\") text_pattern_ops)"),
        Case("name", "CREATE INDEX people_idx ON public.people USING btree (name) WHERE (team > 1)", where: "team > 1"),
        Case("name", "CREATE UNIQUE INDEX people_idx ON public.people USING btree (name) INCLUDE (team, \"a,b\")", true, include: "team, \"a,b\""),
        Case("name, team", "CREATE UNIQUE INDEX people_idx ON public.people USING btree (name, team) NULLS NOT DISTINCT", true, nullsNotDistinct: true),
        Case("tags", "CREATE INDEX people_idx ON public.people USING gin (tags)", method: "gin"),
        Case("team", "CREATE INDEX people_idx ON public.people USING hash (team) WITH (fillfactor='70')", method: "hash", with: "fillfactor = 70"),
        Case("name", "CREATE INDEX people_idx ON public.people USING btree (name)", tablespace: "pg_default"),
    ];

    protected override string Schema =>
        """
        CREATE TABLE public.people (id integer PRIMARY KEY, gone integer, name text, team integer, tags integer[], "First Name" text, "a,b" text);
        ALTER TABLE public.people DROP COLUMN gone;
        INSERT INTO public.people VALUES (1, 'Ada', 1), (2, 'Grace', 1);
        """;

    [TestCaseSource(nameof(Indexes))]
    public async Task Is_what_was_asked_for_and_goes(AnIndex index, string definition)
    {
        var before = await Database.FingerprintAsync();
        await using var migrator = Migrator(index);

        await migrator.UpAsync();

        Assert.That(await DefinitionAsync(), Is.EqualTo(definition));
        await migrator.DownAsync();
        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [TestCaseSource(nameof(Indexes))]
    public async Task Is_recognized_when_it_runs_again(AnIndex index, string definition)
    {
        await using var migrator = Migrator(index);
        await migrator.UpAsync();
        var built = await Database.ScalarAsync<uint>("SELECT 'public.people_idx'::regclass::oid");
        await Database.ExecuteAsync("DELETE FROM orgschema.schema_version");

        await migrator.UpAsync();

        Assert.That(await Database.ScalarAsync<uint>("SELECT 'public.people_idx'::regclass::oid"), Is.EqualTo(built), definition);
        Assert.That(await Database.ScalarAsync<bool>("SELECT to_regclass('orgschema.index_copy') IS NULL"), Is.True, "the copy stays");
    }

    [TestCase("CREATE INDEX people_idx ON public.people (lower(name)) WHERE team > 2")]
    [TestCase("CREATE INDEX people_idx ON public.people (upper(name)) WHERE team > 1")]
    [TestCase("CREATE INDEX people_idx ON public.people (lower(name))")]
    [TestCase("CREATE UNIQUE INDEX people_idx ON public.people (lower(name)) WHERE team > 1")]
    [TestCase("CREATE INDEX people_idx ON public.people (lower(name) DESC) WHERE team > 1")]
    [TestCase("CREATE INDEX people_idx ON public.people (lower(name) text_pattern_ops) WHERE team > 1")]
    [TestCase("CREATE INDEX people_idx ON public.people (lower(name)) INCLUDE (team) WHERE team > 1")]
    [TestCase("CREATE INDEX people_idx ON public.people (lower(name) COLLATE \"C\") WHERE team > 1")]
    [TestCase("CREATE INDEX people_idx ON public.people (lower(name)) WITH (fillfactor = 50) WHERE team > 1")]
    [TestCase("CREATE INDEX people_idx ON public.people USING hash (lower(name)) WHERE team > 1")]
    public async Task Other_definition_is_refused(string there)
    {
        await Database.ExecuteAsync(there);
        await using var migrator = Migrator(new AnIndex("lower(name)") { Where = "team > 1" });

        Assert.That(
            () => migrator.UpAsync(),
            Throws.TypeOf<MigrationFailedException>().With.Message.Contains(
                "The index public.people_idx exists but is not a valid index of public.people on (lower(name)) WHERE team > 1."));
    }

    [Test]
    public async Task Definition_in_other_words_is_the_same()
    {
        await Database.ExecuteAsync("CREATE INDEX people_idx ON public.people (LOWER(name) ASC NULLS LAST) WHERE ((team)::integer > 1)");
        await using var migrator = Migrator(new AnIndex("lower(name)") { Where = "team > 1" });

        await migrator.UpAsync();

        Assert.That((await migrator.StatusAsync()).Applied, Has.Exactly(1).Items);
    }

    [Test]
    public async Task Leftover_is_built_anew()
    {
        var index = new AnIndex("lower(name)", Unique: true);
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (3, 'ADA')");
        await using var migrator = Migrator(index);
        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>());
        await Database.ExecuteAsync("DELETE FROM public.people WHERE id = 3");

        await migrator.UpAsync();

        Assert.That(await DefinitionAsync(), Is.EqualTo("CREATE UNIQUE INDEX people_idx ON public.people USING btree (lower(name))"));
    }

    [TestCase("name,")]
    [TestCase("lower(name")]
    [TestCase("name)")]
    [TestCase("\"name")]
    [TestCase("lower('name)")]
    [TestCase("\"name\" name")]
    public void List_that_is_none_is_refused(string columns)
    {
        var context = new MigrationContext(querySchema: null, serviceProvider: null, connection: "");

        Assert.That(() => new Index(new AnIndex(columns)).GetUpExpressions(context), Throws.ArgumentException.With.Message.Contains(columns));
    }

    private TestMigrator Migrator(AnIndex index) =>
        new(Database.Options(typeof(Index)) with { Services = services => services.AddSingleton(index) });

    private Task<string?> DefinitionAsync() => Database.ScalarAsync<string>(
        "SELECT pg_catalog.pg_get_indexdef(indexrelid) FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass('public.people_idx') AND indisvalid");

    private static TestCaseData Case(
        string columns,
        string definition,
        bool unique = false,
        string? where = null,
        string? include = null,
        string? method = null,
        bool nullsNotDistinct = false,
        string? with = null,
        string? tablespace = null) =>
        new TestCaseData(new AnIndex(columns, unique, where, include, method, nullsNotDistinct, with, tablespace), definition).SetArgDisplayNames(definition);

    /// <summary>What the migration is given.</summary>
    public sealed record AnIndex(
        string Columns,
        bool Unique = false,
        string? Where = null,
        string? Include = null,
        string? Method = null,
        bool NullsNotDistinct = false,
        string? With = null,
        string? Tablespace = null);

    [Expand(1, TransactionBehavior.None)]
    public sealed class Index(AnIndex index) : OnlineMigration
    {
        public override void Up() => CreateIndexConcurrently(
            "people_idx",
            on: "public.people",
            index.Columns,
            index.Unique,
            index.Where,
            index.Include,
            index.Method,
            index.NullsNotDistinct,
            index.With,
            index.Tablespace);

        public override void Down() => DropIndexConcurrently("people_idx", on: "public.people");
    }
}
