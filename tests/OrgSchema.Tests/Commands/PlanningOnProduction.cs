using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>On a server of its own: transaction ids are the server's.</summary>
public sealed class PlanningOnProduction
{
    [Test]
    public async Task Leaves_no_trace_and_takes_no_lock_that_anybody_could_notice()
    {
        await using var server = await ScratchServer.StartAsync(new() { ["autovacuum"] = "off" });
        await using var database = await LiveDatabase.CreateAsync(server);
        await database.MigrateAsync(to: 20260226000700);
        using var orgschema = new ProgramUnderTest(database);
        // Whatever is stronger than ACCESS SHARE conflicts with EXCLUSIVE.
        await using var everything = await database.WithTransaction("""
            DO $lock$
            DECLARE
                name text;
            BEGIN
                FOR name IN SELECT oid::regclass FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace IN ('public'::regnamespace, 'auth'::regnamespace, 'orgschema'::regnamespace) LOOP
                    EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', name);
                END LOOP;
            END
            $lock$
            """);
        var before = await NextTransactionAsync(database);

        foreach (var arguments in (string[][])[["plan"], ["plan", "--down", "0"], ["plan", "--output", "json"], ["plan", "--format", "markdown"], ["migrate", "--dry-run"]])
            await orgschema.RunAsync(0, arguments);

        Assert.That(await NextTransactionAsync(database), Is.EqualTo(before));
    }

    private static Task<string?> NextTransactionAsync(LiveDatabase database) => database.ScalarAsync<string>("SELECT pg_snapshot_xmax(pg_current_snapshot())::text");
}
