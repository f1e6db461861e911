using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class SomebodyInTheWay
{
    private readonly Events _events = new();
    private LiveDatabase _database = null!;

    [SetUp]
    public async Task Create() => _database = await LiveDatabase.CreateAsync();

    [TearDown]
    public async Task Drop() => await _database.DisposeAsync();

    [TestCase("public.dsos", "ACCESS SHARE", nameof(AddOrgIdToDsos))]
    [TestCase("auth.users", "ROW EXCLUSIVE", nameof(CreateOrganizations))]
    public async Task Only_delays(string table, string mode, string waits)
    {
        var stranger = await _database.WithLockedTable(table, mode);
        var run = _database.MigrateAsync(progress: _events);
        var awaited = await _events.UntilAsync<LocksAwaited>(run);
        await stranger.DisposeAsync();

        Assert.That((await run).Done, Is.EqualTo(Migrating.BeforeContract));
        Assert.That(awaited.Step, Does.StartWith(waits));
        Assert.That(awaited.Blockers.Select(blocker => blocker.Table), Has.Member(table));
    }

    [Test]
    public async Task Who_is_another_run_makes_this_one_wait_and_find_nothing_to_do()
    {
        var stranger = await _database.WithLockedTable("public.dsos");
        var first = _database.MigrateAsync(progress: _events);
        await _events.UntilAsync<LocksAwaited>(first);
        var secondEvents = new Events();
        var second = _database.MigrateAsync(progress: secondEvents);
        await secondEvents.UntilAsync<RunnerWaits>(second);
        await stranger.DisposeAsync();

        Assert.That((await first).Done, Is.EqualTo(Migrating.BeforeContract));
        Assert.That((await second).Done, Is.Empty);
        Assert.That(secondEvents.All.OfType<MigrationStarted>(), Is.Empty);
    }

    [Test]
    public async Task Who_kills_an_index_build_makes_the_run_build_it_again()
    {
        await _database.MigrateToBeforeAsync(Migrating.All.Single(migration => migration.Name == nameof(IndexDsosOrgId)));
        await using var snapshot = await _database.OpenAsync();
        await snapshot.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM dsos");

        var run = _database.MigrateAsync(progress: _events);
        await _events.UntilAsync<LocksAwaited>(run);
        await _database.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX CONCURRENTLY%'");
        await _events.UntilAsync<ConnectionLost>(run);
        Assert.That(await _database.ScalarAsync<bool>("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = 'idx_dsos_org_id'::regclass"));
        await snapshot.ExecuteAsync("COMMIT");

        await run;
        Assert.That(await _database.ScalarAsync<bool>("SELECT indisvalid FROM pg_index WHERE indexrelid = 'idx_dsos_org_id'::regclass"));
    }

    [Test]
    public async Task Beyond_the_budget_ends_the_run_with_nothing_half_done()
    {
        var before = await _database.FingerprintAsync();
        await using var stranger = await _database.WithLockedTable("auth.users", "ROW EXCLUSIVE");
        await using var migrator = _database.Migrator(lockBudget: TimeSpan.FromMilliseconds(300));

        Assert.That(() => migrator.UpAsync(null, default), Throws.TypeOf<LockBudgetException>().With.Property(nameof(LockBudgetException.Blockers)).Count.EqualTo(1));

        (await _database.FingerprintAsync()).AssertSameAs(before);
    }
}
