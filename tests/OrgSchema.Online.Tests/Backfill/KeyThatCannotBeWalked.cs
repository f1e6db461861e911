using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Keys that the catalog does not promise to be unique and there for every row: the backfill is refused before anything changes.</summary>
[CancelAfter(60_000)]
public sealed class KeyThatCannotBeWalked : DatabaseTest
{
    private const string Apply = "UPDATE public.people AS p SET team = 7 FROM batch AS b WHERE p.id = b.key";

    private const string Nullable = """
        CREATE TABLE public.people (id integer UNIQUE, team integer);
        INSERT INTO public.people VALUES (1), (NULL), (2), (NULL)
        """;

    private static IEnumerable<TestCaseData> Tables =>
    [
        Case("nullable_unique", Nullable),
        Case("deferrable_unique", "CREATE TABLE public.people (id integer NOT NULL UNIQUE DEFERRABLE, team integer)"),
        Case("deferrable_primary_key", "CREATE TABLE public.people (id integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, team integer)"),
        Case("no_key", "CREATE TABLE public.people (id integer NOT NULL, team integer); CREATE INDEX ON public.people (id)"),
        Case("partial_unique", "CREATE TABLE public.people (id integer NOT NULL, team integer); CREATE UNIQUE INDEX ON public.people (id) WHERE id < 100"),
        Case("unique_expression", "CREATE TABLE public.people (id integer NOT NULL, team integer); CREATE UNIQUE INDEX ON public.people ((id + 0))"),
        Case("composite_unique", "CREATE TABLE public.people (id integer NOT NULL, team integer, UNIQUE (id, team))"),
        Case(
            "partitioned_by_another",
            """
            CREATE TABLE public.people (id integer NOT NULL, team integer) PARTITION BY LIST (team);
            CREATE TABLE public.rest PARTITION OF public.people DEFAULT
            """),
        Case("view", "CREATE TABLE public.persons (id integer PRIMARY KEY, team integer); CREATE VIEW public.people AS SELECT * FROM public.persons"),
    ];

    [TestCaseSource(nameof(Tables))]
    public async Task Is_refused_on_the_way_up(string table, CancellationToken cancellationToken)
    {
        await CreateAsync(table);
        await using var migrator = Database.Migrator(typeof(Team));

        AssertRefused(Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync(cancellationToken: cancellationToken))!);

        await AssertUntouchedAsync();
    }

    [TestCaseSource(nameof(Tables))]
    public async Task Is_refused_on_the_way_down(string table, CancellationToken cancellationToken)
    {
        await CreateAsync(table);
        await using var migrator = Database.Migrator(typeof(NoTeam));
        await migrator.UpAsync(cancellationToken: cancellationToken);

        AssertRefused(Assert.ThrowsAsync<MigrationFailedException>(() => migrator.DownAsync(cancellationToken: cancellationToken))!);

        await AssertUntouchedAsync();
    }

    [TestCaseSource(nameof(Tables))]
    public async Task Is_refused_before_a_column_is_archived(string table, CancellationToken cancellationToken)
    {
        await CreateAsync(table);
        await using var migrator = Database.Migrator(typeof(TeamColumn));
        await migrator.UpAsync(cancellationToken: cancellationToken);

        AssertRefused(Assert.ThrowsAsync<MigrationFailedException>(() => migrator.DownAsync(cancellationToken: cancellationToken))!);

        await AssertUntouchedAsync();
    }

    [TestCaseSource(nameof(Tables))]
    public async Task Is_refused_by_the_scripts(string table, CancellationToken cancellationToken)
    {
        await CreateAsync(table);
        await using var plain = new Migrator(Database.Options(typeof(Team)));
        await using var archiving = new Migrator(Database.Options(typeof(TeamColumn)));
        var up = (await plain.ScriptAsync(ScriptFormat.Sql, record: false, cancellationToken))[0].Sql;
        var scripts = await archiving.ScriptAsync(ScriptFormat.Sql, record: false, cancellationToken);
        Assert.That((await Database.PsqlAsync(scripts[0].Sql)).ExitCode, Is.Zero);

        foreach (var script in (string[])[up, scripts[1].Sql])
        {
            var (exitCode, error) = await Database.PsqlAsync(script);

            Assert.That(exitCode, Is.EqualTo(3), error);
            Assert.That(error, Does.Contain("public.people").And.Contain("DETAIL"));
            await AssertUntouchedAsync();
        }
    }

    [Test]
    public async Task With_an_index_that_is_not_valid_is_refused(CancellationToken cancellationToken)
    {
        await CreateAsync("CREATE TABLE public.people (id integer NOT NULL, team integer); CREATE UNIQUE INDEX broken ON public.people (id)");
        await Database.ExecuteAsSuperuserAsync("UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = 'public.broken'::regclass");
        await using var migrator = Database.Migrator(typeof(Team));

        AssertRefused(Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync(cancellationToken: cancellationToken))!);
    }

    [TestCase(Nullable)]
    [TestCase("CREATE TABLE public.people (id integer NOT NULL, team integer)")]
    public async Task Is_mended_by_the_remedy(string table, CancellationToken cancellationToken)
    {
        await CreateAsync(table);
        await using var migrator = Database.Migrator(typeof(Team));
        var failure = Assert.ThrowsAsync<MigrationFailedException>(() => migrator.UpAsync(cancellationToken: cancellationToken))!;
        await Database.ExecuteAsync("UPDATE public.people SET id = 100 + (ctid::text::point)[1]::integer WHERE id IS NULL");

        foreach (var statement in failure.Remedy.Split('\n').Skip(1))
            await Database.ExecuteAsync(statement);
        await migrator.UpAsync(cancellationToken: cancellationToken);

        Assert.That(await Database.ScalarAsync<bool>("SELECT pg_catalog.bool_and(team = 7) FROM public.people"));
    }

    [TestCase("CREATE TABLE public.people (id integer NOT NULL, team integer); CREATE UNIQUE INDEX ON public.people (id) INCLUDE (team)")]
    [TestCase(
        """
        CREATE TABLE public.people (id integer PRIMARY KEY, team integer) PARTITION BY HASH (id);
        CREATE TABLE public.rest PARTITION OF public.people FOR VALUES WITH (MODULUS 1, REMAINDER 0)
        """)]
    public async Task Others_are_walked(string table, CancellationToken cancellationToken)
    {
        await CreateAsync(table);
        await using var migrator = Database.Migrator(typeof(Team));

        await migrator.UpAsync(cancellationToken: cancellationToken);

        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM public.people WHERE team = 7"), Is.EqualTo(5));
    }

    private static TestCaseData Case(string name, string table) => new TestCaseData(table).SetArgDisplayNames(name);

    private static void AssertRefused(MigrationFailedException failure)
    {
        Assert.That(failure.Message, Does.Contain("public.people"));
        Assert.That(failure.Message, Does.Contain("Column id of").Or.Contain("is not a table"));
        Assert.That(failure.Remedy, Is.Not.Empty);
    }

    private async Task CreateAsync(string table)
    {
        await Database.ExecuteAsync(table);
        await Database.ExecuteAsync("INSERT INTO public.people SELECT n FROM pg_catalog.generate_series(11, 15) AS n");
    }

    private async Task AssertUntouchedAsync()
    {
        Assert.That(await Database.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM public.people WHERE team IS NOT NULL"), Is.Zero);
        Assert.That(await Database.ColumnAsync<string>("SELECT tgname::text FROM pg_catalog.pg_trigger WHERE NOT tgisinternal"), Is.Empty);
        Assert.That(await Database.ColumnAsync<string>("SELECT relname::text FROM pg_catalog.pg_class WHERE relname LIKE 'archive%:%'"), Is.Empty);
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class Team : OnlineMigration
    {
        public override void Up() => Backfill("public.people", where: "t.team IS NULL", apply: Apply);

        public override void Down() => Sql("UPDATE public.people SET team = NULL");
    }

    [Backfill(1, TransactionBehavior.None)]
    public sealed class NoTeam : OnlineMigration
    {
        public override void Up() => Sql("SELECT 1");

        public override void Down() => Backfill("public.people", where: "t.team IS NULL", apply: Apply);
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class TeamColumn : OnlineMigration
    {
        public override void Up() => Sql("SELECT 1");

        public override void Down() => ArchiveAndDropColumn("public.people", "team");
    }
}
