using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Locks that no client holds: a prepared transaction's, and autovacuum's. Both need settings of the server.</summary>
public sealed class HolderWithoutASession
{
    [Test]
    public async Task Prepared_transaction_is_in_the_way_until_it_is_resolved()
    {
        await using var server = await TestServer.StartScratchAsync(new() { ["max_prepared_transactions"] = "2" });
        await using var database = await EmptyDatabase.CreateAsync(server);
        await database.ExecuteAsync("CREATE TABLE public.people (id integer)");
        await database.ExecuteAsync("BEGIN; LOCK TABLE public.people; PREPARE TRANSACTION 'forgotten'");
        await using var migrator = database.Migrator(typeof(AddColumn));

        var up = migrator.UpAsync();
        var told = await migrator.UntilToldAsync<LocksAwaited>();
        await database.ExecuteAsync("ROLLBACK PREPARED 'forgotten'");
        await up;

        Assert.That(told.Blockers.Single().ToString(), Does.Contain("prepared transaction").And.Contain("public.people"));
    }

    [Test]
    public async Task Autovacuum_is_asked_to_step_aside()
    {
        await using var server = await TestServer.StartScratchAsync(new() { ["autovacuum_naptime"] = "1s", ["deadlock_timeout"] = "200ms" });
        await using var database = await EmptyDatabase.CreateAsync(server);
        // One page, then a rest of 100 ms: this vacuum would take minutes.
        await database.ExecuteAsync(
            """
            CREATE TABLE public.people (id integer, padding text) WITH (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
            INSERT INTO public.people SELECT n, pg_catalog.repeat('x', 1000) FROM pg_catalog.generate_series(1, 20000) AS n;
            DELETE FROM public.people WHERE id % 2 = 0;
            """);
        await database.UntilAsync(
            """
            SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a JOIN pg_catalog.pg_locks AS l USING (pid)
            WHERE a.backend_type = 'autovacuum worker' AND l.relation = 'public.people'::regclass AND a.xact_start < pg_catalog.clock_timestamp() - interval '100 milliseconds')
            """);
        await using var migrator = database.Migrator(typeof(AddColumn));

        await migrator.UpAsync();

        Assert.That(migrator.Told.OfType<LocksAwaited>().First().Blockers.Single().IsAutovacuum, Is.True);
    }

    [Expand(1)]
    public sealed class AddColumn : OnlineMigration
    {
        public override void Up() => Alter.Table("people").InSchema("public").AddColumn("name").AsString().Nullable();

        public override void Down() => Delete.Column("name").FromTable("people").InSchema("public");
    }
}
