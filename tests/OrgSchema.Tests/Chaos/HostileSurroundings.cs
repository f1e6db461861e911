using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[Category(ChaosForm.Category)]
public sealed class HostileSurroundings
{
    private const long BeforeOrganization = 20260226000200;
    private const long BeforeColumn = 20260226000400;
    private const long BeforeIndex = 20260226000600;

    private LiveDatabase _database = null!;

    [SetUp]
    public async Task Create() => _database = await LiveDatabase.CreateAsync();

    [TearDown]
    public async Task Drop() => await _database.DisposeAsync();

    [Test]
    public async Task Two_connections_are_enough()
    {
        await LimitConnectionsAsync(2);
        using var program = new ProgramUnderTest(_database);
        foreach (var journey in Enum.GetValues<Journey>())
            await program.RunAsync(0, journey.Arguments());
    }

    [Test]
    public async Task One_connection_is_too_few_and_the_message_says_how_many_are_needed()
    {
        await LimitConnectionsAsync(1);
        using var program = new ProgramUnderTest(_database);

        var refused = await program.RunAsync(2, "migrate");
        Assert.That(refused.Error, Does.Contain("no connection free").And.Contain("needs two connections").And.Contain("Nothing was changed."));

        await LimitConnectionsAsync(-1);
        await program.RunAsync(0, "migrate");
    }

    [Test]
    public async Task Tables_of_the_same_names_in_a_schema_in_front_are_not_touched_and_not_asked()
    {
        await _database.ExecuteAsSuperuserAsync($"""
            CREATE SCHEMA front AUTHORIZATION postgres;
            CREATE TABLE front.dsos (id text, org_id text);
            CREATE TABLE front.organizations (id integer, slug text);
            CREATE TABLE front.org_members (user_id text);
            CREATE TABLE front.user_profiles (id text);
            CREATE TABLE front.user_dso_access (id text);
            CREATE TABLE front.users (id text);
            CREATE TABLE front.schema_version (version text);
            INSERT INTO front.dsos VALUES ('theirs', NULL);
            INSERT INTO front.organizations VALUES (1, 'all-solutions-consulting');
            ALTER ROLE postgres IN DATABASE "{_database.Name}" SET search_path = front, public;
            ALTER ROLE postgres IN DATABASE "{_database.Name}" SET default_transaction_isolation = serializable;
            ALTER ROLE postgres IN DATABASE "{_database.Name}" SET "TimeZone" = 'Asia/Kolkata';
            ALTER ROLE postgres IN DATABASE "{_database.Name}" SET "DateStyle" = 'German'
            """);
        var before = await _database.LikenessAsync();
        using var program = new ProgramUnderTest(_database);

        await program.RunAsync(0, "preflight");
        await program.RunAsync(0, "migrate");
        await program.RunAsync(0, "verify");

        await using (var undisturbed = await LiveDatabase.CreateAsync())
        {
            await undisturbed.MigrateAsync();
            var migrated = await _database.LikenessAsync();
            Assert.That(migrated.Where(IsPublic).DifferencesFrom((await undisturbed.LikenessAsync()).Where(IsPublic)), Is.Empty);
            Assert.That(migrated.Where(IsInFront).DifferencesFrom(before.Where(IsInFront)), Is.Empty);
        }

        await program.RunAsync(0, "migrate", "down", "--all", "--yes");
        (await _database.LikenessAsync()).AssertSameAs(before);

        static bool IsPublic(FingerprintLine line) => line.Subject.StartsWith("public.", StringComparison.Ordinal);

        static bool IsInFront(FingerprintLine line) => line.Subject.StartsWith("front.", StringComparison.Ordinal);
    }

    [Test]
    public async Task Limits_that_end_slow_statements_and_idle_sessions_do_not_end_the_run()
    {
        // In a transaction, where the runner lock's session has nothing to do.
        await _database.MigrateAsync(BeforeOrganization);
        await _database.ExecuteAsSuperuserAsync($"""
            CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END $$;
            CREATE TRIGGER dawdle AFTER INSERT ON public.organizations FOR EACH STATEMENT EXECUTE FUNCTION public.dawdle();
            ALTER ROLE postgres IN DATABASE "{_database.Name}" SET statement_timeout = 200;
            ALTER ROLE postgres IN DATABASE "{_database.Name}" SET idle_session_timeout = 200;
            ALTER ROLE postgres IN DATABASE "{_database.Name}" SET idle_in_transaction_session_timeout = 200
            """);
        var events = new Events();

        await _database.MigrateAsync(progress: events);

        Assert.That(events.All.OfType<ConnectionLost>(), Is.Empty);
    }

    [Test]
    public async Task Silenced_triggers_and_foreign_keys_stop_every_run_before_it_changes_anything([Values(Journey.Up, Journey.Down)] Journey journey)
    {
        await journey.TravelToAsync(_database.ConnectionString);
        await _database.ExecuteAsSuperuserAsync($"""ALTER ROLE postgres IN DATABASE "{_database.Name}" SET session_replication_role = replica""");
        using var program = new ProgramUnderTest(_database);

        var refused = await program.RunAsync(2, journey.Arguments());
        Assert.That(refused.Error, Does.Contain("session_replication_role is replica").And.Contain("Nothing was changed.").And.Contain("ALTER ROLE postgres RESET"));

        await _database.ExecuteAsSuperuserAsync($"""ALTER ROLE postgres IN DATABASE "{_database.Name}" RESET session_replication_role""");
        await program.RunAsync(0, journey.Arguments());
    }

    [TestCase("RAISE EXCEPTION 'under audit'", "under audit")]
    [TestCase("RETURN NULL", "a trigger may refuse or undo the change silently")]
    public async Task A_trigger_that_refuses_rows_of_a_half_filled_column_stops_the_run_until_it_is_gone(string refuses, string reason)
    {
        await _database.MigrateAsync(BeforeColumn);
        await _database.ExecuteAsync($"""
            ALTER TABLE public.dsos ADD COLUMN org_id uuid;
            UPDATE public.dsos SET org_id = (SELECT id FROM public.organizations) WHERE name LIKE 'Bright%';
            CREATE FUNCTION public.audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuses}; END $$;
            CREATE TRIGGER audit BEFORE UPDATE ON public.dsos FOR EACH ROW WHEN (OLD.name LIKE 'Smile%') EXECUTE FUNCTION public.audit()
            """);

        var stopped = Assert.ThrowsAsync<MigrationFailedException>(() => _database.MigrateAsync());
        Assert.That(stopped.Message, Does.Contain(nameof(BackfillDsosOrgId)).And.Contain(reason));

        await _database.ExecuteAsync("DROP TRIGGER audit ON public.dsos; DROP FUNCTION public.audit()");
        await _database.MigrateAsync();
        Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM dsos WHERE org_id = (SELECT id FROM organizations)"), Is.EqualTo(5));
    }

    [Test]
    public async Task An_event_trigger_that_refuses_the_index_stops_the_run_until_it_is_gone()
    {
        await _database.ExecuteAsSuperuserAsync("""
            CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
            BEGIN IF current_query() LIKE '%CONCURRENTLY%' THEN RAISE EXCEPTION 'no index on Fridays'; END IF; END $$;
            CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION public.refuse()
            """);

        var stopped = Assert.ThrowsAsync<MigrationFailedException>(() => _database.MigrateAsync());
        Assert.That(stopped.Message, Does.Contain(nameof(IndexDsosOrgId)).And.Contain("no index on Fridays"));

        await _database.ExecuteAsSuperuserAsync("DROP EVENT TRIGGER refuse; DROP FUNCTION public.refuse()");
        await ConvergesAsync();
    }

    [Test]
    public async Task A_database_that_becomes_read_only_half_way_stops_the_run_until_it_is_writable()
    {
        var full = new AtTheStartOf(nameof(IndexDsosOrgId), BecomeReadOnlyAsync);

        var stopped = Assert.CatchAsync<OnlineMigrationException>(() => _database.MigrateAsync(progress: full, preflight: MissingUsers.Refuse));
        Assert.That(stopped.Message + stopped.Remedy, Does.Contain("read-only").And.Contain("default_transaction_read_only"));

        await BecomeWritableAsync();
        await ConvergesAsync();
    }

    [Test]
    public async Task A_database_that_becomes_read_only_half_way_stops_the_way_back_until_it_is_writable()
    {
        var before = await _database.LikenessAsync();
        await _database.MigrateAsync();
        await using var migrator = _database.Migrator(progress: new AtTheStartOf(nameof(IndexDsosOrgId), BecomeReadOnlyAsync));

        var stopped = Assert.CatchAsync<OnlineMigrationException>(() => migrator.DownAsync(DownTarget.All, default));
        Assert.That(stopped.Message + stopped.Remedy, Does.Contain("read-only").And.Contain("default_transaction_read_only"));

        await BecomeWritableAsync();
        await _database.RevertAsync(DownTarget.All);
        (await _database.LikenessAsync()).AssertSameAs(before);
    }

    [TestCase(nameof(AddOrgIdToDsos), "ALTER TABLE public.dsos OWNER TO supabase_admin", "ALTER TABLE public.dsos OWNER TO postgres", "must be owner of table dsos")]
    [TestCase(nameof(CreateOrgMembers), "REVOKE REFERENCES ON auth.users FROM postgres", "GRANT REFERENCES ON auth.users TO postgres", "permission denied for table users")]
    public async Task A_role_that_loses_a_privilege_half_way_stops_the_run_until_it_has_it_again(string migration, string take, string give, string reason)
    {
        var lost = new AtTheStartOf(migration, () => _database.ExecuteAsSuperuserAsync(take));

        var stopped = Assert.ThrowsAsync<MigrationFailedException>(() => _database.MigrateAsync(progress: lost));
        Assert.That(stopped.Message, Does.Contain(migration).And.Contain(reason));
        Assert.That(stopped.Remedy, Does.Contain("Give the migrating role that right"));

        await _database.ExecuteAsSuperuserAsync(give);
        await ConvergesAsync();
    }

    [Test]
    public async Task An_old_snapshot_holds_up_the_index_which_says_for_whom_it_waits_and_goes_on_when_it_is_gone()
    {
        await _database.MigrateAsync(BeforeIndex);
        var snapshot = await _database.OpenAsync();
        await snapshot.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM public.doctors");
        var events = new Events();
        var run = _database.MigrateAsync(progress: events);

        var waits = await events.UntilAsync<LocksAwaited>(run);
        Assert.That(waits.Step, Does.Contain("CREATE INDEX CONCURRENTLY"));
        Assert.That(waits.Blockers.Select(blocker => blocker.ProcessId), Is.EqualTo(new[] { snapshot.ProcessID }));
        Assert.That(run.IsCompleted, Is.False);

        await snapshot.DisposeAsync();
        await run;
        Assert.That(events.All.OfType<ConnectionLost>(), Is.Empty);
        await ConvergesAsync();
    }

    private Task LimitConnectionsAsync(int limit) => _database.ExecuteAsSuperuserAsync($"""ALTER DATABASE "{_database.Name}" CONNECTION LIMIT {limit}""");

    // Sessions that are open already are not affected; so they are ended.
    private Task BecomeReadOnlyAsync() => _database.ExecuteAsSuperuserAsync($"""
        ALTER DATABASE "{_database.Name}" SET default_transaction_read_only = on;
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'postgres'
        """);

    private Task BecomeWritableAsync() => _database.ExecuteAsSuperuserAsync($"""
        BEGIN READ WRITE;
        ALTER DATABASE "{_database.Name}" RESET default_transaction_read_only;
        COMMIT
        """);

    private async Task ConvergesAsync()
    {
        await _database.MigrateAsync(preflight: MissingUsers.Refuse);
        await using var undisturbed = await LiveDatabase.CreateAsync();
        await undisturbed.MigrateAsync();
        (await _database.LikenessAsync()).AssertSameAs(await undisturbed.LikenessAsync());
    }
}
