using FluentMigrator;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class RequiringNotNull : DatabaseTest
{
    protected override string Schema =>
        """
        CREATE TABLE public.people (id integer PRIMARY KEY, team integer);
        INSERT INTO public.people VALUES (1, 1), (2, 2);
        """;

    [Test]
    public async Task Column_is_required_and_nothing_else_has_changed()
    {
        var before = await Database.FingerprintAsync();

        await UpAsync();

        var column = (await Database.FingerprintAsync()).DifferencesFrom(before).Where(line => !line.Contains("people_team_not_null", StringComparison.Ordinal));
        Assert.That(column, Is.EqualTo(new[] { "- public.people: column   2 team integer", "+ public.people: column   2 team integer NOT NULL" }));
    }

    [Test]
    public async Task It_looks_as_if_the_table_had_been_made_so()
    {
        await UpAsync();
        var migrated = await Database.FingerprintAsync();

        await Database.ExecuteAsync("ALTER TABLE public.people ALTER COLUMN team DROP NOT NULL; ALTER TABLE public.people ALTER COLUMN team SET NOT NULL");

        migrated.AssertSameAs(await Database.FingerprintAsync());
    }

    [Test]
    public async Task Down_leaves_nothing()
    {
        var before = await Database.FingerprintAsync();
        await UpAsync();
        await using var migrator = Database.Migrator(typeof(TeamRequired));

        await migrator.DownAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Null_is_named_and_converges_once_it_is_filled()
    {
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (3, NULL)");

        Assert.That(UpAsync, Throws.TypeOf<MigrationFailedException>().With.Message.Match("1 TeamRequired failed: .*people.* (null values|some row)"));

        await Database.ExecuteAsync("UPDATE public.people SET team = 3 WHERE id = 3");
        await UpAsync();
        Assert.That(() => Database.ExecuteAsync("INSERT INTO public.people VALUES (4, NULL)"), Throws.TypeOf<PostgresException>());
    }

    [Test]
    public async Task Null_row_then_down_leaves_nothing()
    {
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (3, NULL)");
        var before = await Database.FingerprintAsync();
        Assert.That(UpAsync, Throws.TypeOf<MigrationFailedException>());
        await using var migrator = Database.Migrator(typeof(TeamRequired));

        await migrator.DownAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Column_that_is_required_already_is_left_alone()
    {
        await Database.ExecuteAsync("ALTER TABLE public.people ALTER COLUMN team SET NOT NULL");
        var before = await Database.FingerprintAsync();

        await UpAsync();

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }

    [Test]
    public async Task Check_of_an_older_servers_attempt_is_removed()
    {
        await UpAsync();
        var undisturbed = await Database.FingerprintAsync();
        await using var migrator = Database.Migrator(typeof(TeamRequired));
        await migrator.DownAsync();
        await Database.ExecuteAsync("ALTER TABLE public.people ADD CONSTRAINT people_team_not_null_check CHECK (team IS NOT NULL)");

        await migrator.UpAsync();

        (await Database.FingerprintAsync()).AssertSameAs(undisturbed);
    }

    [Test]
    public async Task Table_is_not_scanned_under_an_exclusive_lock()
    {
        await UpAsync();
        var before = await ScansAsync();
        await using var migrator = Database.Migrator(typeof(TeamRequired));
        await migrator.DownAsync();

        await migrator.UpAsync();

        // The one scan is VALIDATE's, which blocks nobody; SET NOT NULL without its proof would be a second one.
        await Database.UntilAsync($"SELECT pg_catalog.pg_stat_get_numscans('public.people'::regclass) >= {before + 1}");
        Assert.That(await ScansAsync(), Is.EqualTo(before + 1));
    }

    [Test]
    public async Task Valid_check_of_another_name_is_the_proof()
    {
        await SkipUnlessAsync("< 180000");
        await Database.ExecuteAsync("ALTER TABLE public.people ADD CONSTRAINT theirs CHECK (team IS NOT NULL)");
        var before = await ScansAsync();

        await UpAsync();

        Assert.That(await Database.ScalarAsync<bool>(IsRequired), Is.True);
        Assert.That(await ScansAsync(), Is.EqualTo(before), "it is read although the check proves it");
        Assert.That(await ChecksAsync(), Is.EqualTo(new[] { "theirs" }));
    }

    [TestCase("CHECK (team IS NOT NULL) NOT VALID")]
    [TestCase("CHECK (team IS NOT NULL OR id > 0)")]
    [TestCase("CHECK (id IS NOT NULL)")]
    public async Task Check_that_proves_nothing_is_none(string check)
    {
        await SkipUnlessAsync("< 180000");
        await Database.ExecuteAsync($"ALTER TABLE public.people ADD CONSTRAINT theirs {check}");
        await using var migrator = Database.Migrator(typeof(TeamRequired));
        await migrator.UpAsync();
        await migrator.DownAsync();

        var (done, notices) = await Database.ListenAsync(typeof(TeamRequired), "SET NOT NULL");

        Assert.That(notices, Has.Some.Contains("sufficient to prove"), "nothing is heard of it");
        Assert.That(notices, Has.None.Contains("verifying table"), done);
    }

    [Test]
    public async Task Not_null_of_another_name_that_is_not_valid_is_validated()
    {
        await SkipUnlessAsync(">= 180000");
        await Database.ExecuteAsync("ALTER TABLE public.people ADD CONSTRAINT theirs NOT NULL team NOT VALID");

        await UpAsync();

        var constraints = await Database.ColumnAsync<string>(
            """
            SELECT conname || ' ' || convalidated FROM pg_catalog.pg_constraint
            WHERE conrelid = 'public.people'::regclass AND contype = 'n' AND conname !~ '_id_'
            """);
        Assert.That(constraints, Is.EqualTo(new[] { "theirs true" }));
    }

    [Test]
    public async Task Not_null_of_another_name_that_rows_refuse_is_no_success()
    {
        await SkipUnlessAsync(">= 180000");
        await Database.ExecuteAsync("INSERT INTO public.people VALUES (3, NULL); ALTER TABLE public.people ADD CONSTRAINT theirs NOT NULL team NOT VALID");

        Assert.That(UpAsync, Throws.TypeOf<MigrationFailedException>().With.Message.Contains("null values"));
    }

    private const string IsRequired =
        "SELECT attnotnull FROM pg_catalog.pg_attribute WHERE attrelid = 'public.people'::regclass AND attname = 'team'";

    private async Task SkipUnlessAsync(string version)
    {
        if (!await Database.ScalarAsync<bool>($"SELECT pg_catalog.current_setting('server_version_num')::integer {version}"))
            Assert.Ignore($"for servers whose version is {version}");
    }

    private Task<IReadOnlyList<string>> ChecksAsync() => Database.ColumnAsync<string>(
        "SELECT conname::text FROM pg_catalog.pg_constraint WHERE conrelid = 'public.people'::regclass AND contype = 'c'");

    private Task<long> ScansAsync() => Database.ScalarAsync<long>("SELECT pg_catalog.pg_stat_get_numscans('public.people'::regclass)");

    private async Task UpAsync()
    {
        await using var migrator = Database.Migrator(typeof(TeamRequired));
        await migrator.UpAsync();
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class TeamRequired : OnlineMigration
    {
        public override void Up() => RequireNotNull("public.people", "team");

        public override void Down() => AllowNull("public.people", "team");
    }
}
