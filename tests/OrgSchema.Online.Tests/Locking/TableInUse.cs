using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>A client has held a table for longer than a lock timeout when a migration needs it.</summary>
public sealed class TableInUse : DatabaseTest
{
    private const int Looks = 200;

    private const string Waiters =
        """
        SELECT mode FROM pg_catalog.pg_locks
        WHERE locktype = 'relation' AND NOT granted AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        """;

    protected override string Schema =>
        """
        CREATE TABLE public.teams (id integer PRIMARY KEY);
        CREATE TABLE public.people (id integer PRIMARY KEY, team_id integer NOT NULL);
        """;

    private static readonly TestCaseData[] Migrations =
    [
        new(typeof(AddColumn), "ACCESS SHARE"), new(typeof(AddColumnInSql), "ACCESS SHARE"), new(typeof(Drop), "ACCESS SHARE"), new(typeof(DropReferencing), "ACCESS SHARE"),
        new(typeof(PlainIndex), "ROW EXCLUSIVE"), new(typeof(Reference), "ROW EXCLUSIVE"), new(typeof(Nullable), "ACCESS SHARE"),
    ];

    [TestCaseSource(nameof(Migrations))]
    public async Task Nobody_queues_behind_the_migration(Type migration, string held)
    {
        await using var stranger = await WithLockedTableForLong("public.people", held);
        await using var migrator = Database.Migrator(migration);
        await using var client = await Stranger.ConnectAsync(Database.ConnectionString);
        await client.Connection.ExecuteAsync("SET lock_timeout = '1ms'");

        var up = migrator.UpAsync();
        await migrator.UntilToldAsync<LocksAwaited>();
        for (var look = 0; look < Looks; look++)
        {
            Assert.That(await stranger.Connection.ColumnAsync<string>(Waiters), Is.Empty);
            await client.Connection.ExecuteAsync("SELECT FROM public.people");
        }

        await stranger.DisposeAsync();
        await up;
        Assert.That(migrator.Told.OfType<MigrationFinished>().ToList(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Blocker_is_named_once_with_what_is_known_of_it()
    {
        await using var stranger = await WithLockedTableForLong("public.people", "ACCESS SHARE");
        await using var migrator = Database.Migrator(typeof(AddColumn));

        var up = migrator.UpAsync();
        await migrator.UntilToldAsync<LocksAwaited>();
        await stranger.DisposeAsync();
        await up;

        var blocker = migrator.Told.OfType<LocksAwaited>().Single().Blockers.Single();
        Assert.Multiple(() =>
        {
            Assert.That(blocker.ProcessId, Is.EqualTo(stranger.ProcessId));
            Assert.That(blocker.User, Is.EqualTo("supabase_admin"));
            Assert.That(blocker.Application, Is.EqualTo("stranger"));
            Assert.That(blocker.State, Is.EqualTo("idle in transaction"));
            Assert.That(blocker.Table, Is.EqualTo("public.people"));
            Assert.That(blocker.Mode, Is.EqualTo("AccessShareLock"));
            Assert.That(blocker.Granted, Is.True);
            Assert.That(blocker.TransactionAge, Is.GreaterThan(TimeSpan.Zero));
            Assert.That(blocker.Query, Does.Contain("LOCK TABLE"));
        });
    }

    [Test]
    public async Task Text_of_queries_is_not_shown_when_that_is_not_wanted()
    {
        await using var stranger = await WithLockedTableForLong("public.people", "ACCESS SHARE");
        await using var migrator = new TestMigrator(Database.Options(typeof(AddColumn)) with { ShowQueryText = false });

        var up = migrator.UpAsync();
        var told = await migrator.UntilToldAsync<LocksAwaited>();
        await stranger.DisposeAsync();
        await up;

        Assert.That(told.Blockers.Single().Query, Is.Null);
    }

    [Test]
    public async Task Another_blocker_is_named_when_it_comes()
    {
        await using var first = await WithLockedTableForLong("public.people", "ACCESS SHARE");
        await using var migrator = Database.Migrator(typeof(AddColumn));

        var up = migrator.UpAsync();
        await migrator.UntilToldAsync<LocksAwaited>();
        await using var second = await WithLockedTableForLong("public.people", "ROW SHARE");
        await migrator.UntilToldAsync<LocksAwaited>(told => told.Blockers.Count == 2);
        await first.DisposeAsync();
        await migrator.UntilToldAsync<LocksAwaited>(told => told.Blockers.Count == 1 && told.Blockers[0].ProcessId == second.ProcessId);
        await second.DisposeAsync();
        await up;

        Assert.That(migrator.Told.OfType<LocksAwaited>().Count(), Is.EqualTo(3));
    }

    [Test]
    public async Task Who_waits_already_goes_first()
    {
        // ACCESS SHARE is no obstacle to a foreign key, but who waits for the table behind it is.
        await using var reader = await WithLockedTableForLong("public.people", "ACCESS SHARE");
        await using var waiter = await Stranger.ConnectAsync(Database.SuperuserConnectionString);
        var waits = waiter.Connection.ExecuteAsync("BEGIN; LOCK TABLE public.people IN ACCESS EXCLUSIVE MODE");
        await Database.UntilWaitingForALockAsync("LOCK TABLE public.people");
        await using var migrator = Database.Migrator(typeof(Reference));

        var up = migrator.UpAsync();
        var told = await migrator.UntilToldAsync<LocksAwaited>();
        Assert.That(told.Blockers.Select(blocker => (blocker.ProcessId, blocker.Granted)), Is.EqualTo(new[] { (waiter.ProcessId, false) }));

        await reader.DisposeAsync();
        await waits;
        await waiter.DisposeAsync();
        await up;
    }

    [Test]
    public async Task Short_transactions_are_no_reason_to_wait()
    {
        await using var migrator = new TestMigrator(Database.Options(typeof(AddColumn)) with { LockTimeout = Awaiting.Bound });
        await using var stranger = await Database.WithLockedTable("public.people");

        var up = migrator.UpAsync();
        await Database.UntilWaitingForALockAsync("ALTER TABLE"); // it may queue: the holder is younger than the lock timeout
        await stranger.DisposeAsync();
        await up;

        Assert.That(migrator.Told.OfType<LocksAwaited>(), Is.Empty);
    }

    private async Task<Stranger> WithLockedTableForLong(string table, string mode)
    {
        var stranger = await Database.WithLockedTable(table, mode);
        await Database.UntilOldAsync(stranger);
        return stranger;
    }

    [Expand(1)]
    public sealed class AddColumn : OnlineMigration
    {
        public override void Up() => Alter.Table("people").InSchema("public").AddColumn("name").AsString().Nullable();

        public override void Down() => Delete.Column("name").FromTable("people").InSchema("public");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class AddColumnInSql : OnlineMigration
    {
        public override void Up() => Sql("ALTER TABLE public.people ADD COLUMN name text", new TableLock("public.people", LockMode.AccessExclusive));

        public override void Down() => Sql("ALTER TABLE public.people DROP COLUMN name");
    }

    [Expand(1)]
    public sealed class Drop : OnlineMigration
    {
        public override void Up() => Delete.Table("people").InSchema("public");

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(1)]
    public sealed class DropReferencing : OnlineMigration
    {
        public override void Up()
        {
            Create.Table("badges").InSchema("public").WithColumn("person").AsInt32().ForeignKey("badges_person_fkey", "public", "people", "id");
            Create.Index("people_idx").OnTable("people").InSchema("public").OnColumn("team_id");
            Delete.Table("badges").InSchema("public");
            Delete.Column("team_id").FromTable("people").InSchema("public");
        }

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(1)]
    public sealed class PlainIndex : OnlineMigration
    {
        public override void Up() => Create.Index("people_idx").OnTable("people").InSchema("public").OnColumn("team_id");

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Reference : OnlineMigration
    {
        public override void Up() => AddForeignKey("people_team_id_fkey", "public.people", "team_id", references: "public.teams");

        public override void Down() => DropConstraint("people_team_id_fkey", "public.people");
    }

    [Expand(1, TransactionBehavior.None)]
    public sealed class Nullable : OnlineMigration
    {
        public override void Up() => AllowNull("public.people", "team_id");

        public override void Down() => RequireNotNull("public.people", "team_id");
    }
}
