using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Benchmarks;

/// <summary>A way to fill <c>dsos.org_id</c>.</summary>
/// <param name="Name">For the table.</param>
/// <param name="FillAsync">Does it, and says when and, if it is a program of ours, with how much memory.</param>
internal sealed record BackfillWay(string Name, Func<BenchServer, CancellationToken, Task<(Band Band, ProgramRun? Run)>> FillAsync)
{
    private const string Default = "(SELECT id FROM public.organizations WHERE slug = 'all-solutions-consulting')";

    // What people write who know that one UPDATE is too long a transaction.
    private const string Loop = $"""
        DO $loop$
        DECLARE
            last uuid := '00000000-0000-0000-0000-000000000000';
            keys uuid[];
        BEGIN
            LOOP
                SELECT array_agg(id) INTO keys FROM (SELECT id FROM public.dsos WHERE id > last AND org_id IS NULL ORDER BY id LIMIT 5000) AS batch;
                EXIT WHEN keys IS NULL;
                UPDATE public.dsos SET org_id = {Default} WHERE id = ANY (keys);
                COMMIT;
                last := keys[cardinality(keys)];
            END LOOP;
        END
        $loop$
        """;

    /// <summary>What is compared.</summary>
    public static IReadOnlyList<BackfillWay> All { get; } =
    [
        new("one UPDATE", async (server, _) =>
        {
            await using var connection = await server.OpenAsync(Baseline.MigratingRole, "one UPDATE");
            var began = Clock.Now;
            await connection.ExecuteAsync($"SET statement_timeout = 0; UPDATE public.dsos SET org_id = {Default} WHERE org_id IS NULL");
            return (new Band("one UPDATE", began, Clock.Now), null);
        }),
        new("psql, batches of 5,000", async (server, token) =>
        {
            var began = Clock.Now;
            await server.PsqlAsync(server.Url, ["--command", Loop], token);
            return (new Band("psql", began, Clock.Now), null);
        }),
        .. new[] { 1, 2, 4 }.Select(workers => new BackfillWay($"orgschema, {workers} worker{(workers == 1 ? "" : "s")}", async (server, token) =>
        {
            var run = await MigrationProcess.RunAsync(server.Url, ["migrate", "--to", "20260226000800", "--missing-users", "skip", "--workers", $"{workers}"], remote: false, token);
            return (run.Migrations.Single(), run);
        })),
    ];
}
