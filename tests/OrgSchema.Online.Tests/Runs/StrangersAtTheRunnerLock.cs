using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Every role may take advisory locks. One that has no other right must not keep a run from starting.</summary>
public sealed class StrangersAtTheRunnerLock : DatabaseTest
{
    private readonly string _role = $"stranger_{Guid.NewGuid():N}";

    protected override string Schema => "CREATE TABLE public.people (id integer)";

    [TearDown]
    public async Task DropRole() => await Database.ExecuteAsSuperuserAsync($"DROP ROLE IF EXISTS {_role}");

    [Test]
    public async Task See_the_keys_of_a_run_and_cannot_stop_the_next_with_them()
    {
        await using var locked = await Database.WithLockedTable("public.people");
        await Database.UntilOldAsync(locked);
        await using var first = Database.Migrator(typeof(AddName));
        var applying = first.UpAsync();
        await first.UntilToldAsync<LocksAwaited>();
        var keys = await Database.ColumnAsync<long>("""
            SELECT DISTINCT l.classid::bigint << 32 | l.objid::bigint FROM pg_catalog.pg_locks AS l
            WHERE l.locktype = 'advisory' AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
            """);
        await locked.DisposeAsync();
        await applying;
        await using var stranger = await OpenAsync();
        foreach (var key in keys)
            await stranger.ExecuteAsync($"SELECT pg_advisory_lock({key})");
        await using var second = new TestMigrator(Database.Options(typeof(AddName), typeof(AddAge)) with { RunnerWait = TimeSpan.Zero });

        Assert.That(keys, Has.Count.EqualTo(2), "that of the run, and that of the session that does its work");
        Assert.That((await second.UpAsync()).Done.Select(migration => migration.Version), Is.EqualTo(new long[] { 2 }));
    }

    [Test]
    public async Task Are_named_where_they_hold_it_and_the_remedy_is_theirs()
    {
        var key = await KeyOfTheFirstRunAsync();
        await using var stranger = await OpenAsync();
        await stranger.ExecuteAsync($"SET application_name = 'orgschema migrate'; SELECT pg_advisory_lock({key})");
        await using var migrator = new TestMigrator(Database.Options(typeof(AddName)) with { RunnerWait = TimeSpan.Zero });

        var failure = Assert.ThrowsAsync<RunnerLockTakenException>(() => migrator.UpAsync())!;

        Assert.That(failure.Message, Does.Contain("Another session holds the lock").And.Contain(_role));
        await Database.ExecuteAsSuperuserAsync(failure.Remedy[..(failure.Remedy.IndexOf(';', StringComparison.Ordinal) + 1)]);
        await Database.UntilAsync($"SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE usename = '{_role}')");
        Assert.That((await migrator.UpAsync()).Done, Has.Count.EqualTo(1));
    }

    // Before the first run there is no secret: it is the same for each database.
    private async Task<long> KeyOfTheFirstRunAsync()
    {
        await using var locked = await Database.WithLockedTable("public.people");
        await Database.UntilOldAsync(locked);
        await using var other = new TestMigrator(Database.Options(typeof(AddName)) with { LockBudget = TimeSpan.FromSeconds(1) });
        var applying = other.UpAsync();
        await other.UntilToldAsync<LocksAwaited>();
        var key = await Database.ScalarAsync<long>("""
            SELECT l.classid::bigint << 32 | l.objid::bigint FROM pg_catalog.pg_locks AS l
            WHERE l.locktype = 'advisory' AND l.objid::bigint % 2 = 0
              AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
            """);
        Assert.ThrowsAsync<LockBudgetException>(() => applying);
        return key;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        await Database.ExecuteAsSuperuserAsync($"CREATE ROLE {_role} LOGIN PASSWORD 'secret'");
        var login = new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Username = _role, Password = "secret", Pooling = false };
        var connection = new NpgsqlConnection(login.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    [Expand(1)]
    public sealed class AddName : OnlineMigration
    {
        public override void Up() => Alter.Table("people").InSchema("public").AddColumn("name").AsString().Nullable();

        public override void Down() => Delete.Column("name").FromTable("people").InSchema("public");
    }

    [Expand(2)]
    public sealed class AddAge : OnlineMigration
    {
        public override void Up() => Alter.Table("people").InSchema("public").AddColumn("age").AsInt32().Nullable();

        public override void Down() => Delete.Column("age").FromTable("people").InSchema("public");
    }
}
