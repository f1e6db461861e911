using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Benchmarks;

/// <summary>A way to fill <c>dsos.org_id</c>.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Application">What its sessions are called, as LIKE has it.</param>
/// <param name="Workers">How many sessions work at once.</param>
/// <param name="FillAsync">Does it, and says when and, if it is a program of ours, with how much memory.</param>
internal sealed record BackfillWay(string Name, string Application, int Workers, Func<BenchServer, CancellationToken, Task<(Band Band, ProgramRun? Run)>> FillAsync)
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

    // The least that batches of any kind can cost: no index is asked for the rows, and each page is read once.
    private const string PhysicalLoop = $"""
        DO $loop$
        DECLARE
            pages CONSTANT integer := pg_relation_size('public.dsos') / current_setting('block_size')::integer;
        BEGIN
            FOR page IN 0 .. pages BY 100 LOOP
                UPDATE public.dsos SET org_id = {Default} WHERE ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + 100)::tid AND org_id IS NULL;
                COMMIT;
            END LOOP;
        END
        $loop$
        """;

    /// <summary>What is compared.</summary>
    public static IReadOnlyList<BackfillWay> All { get; } =
    [
        new("one UPDATE", "one UPDATE", 1, async (server, _) =>
        {
            await using var connection = await server.OpenAsync(Baseline.MigratingRole, "one UPDATE");
            var began = Clock.Now;
            await connection.ExecuteAsync($"SET statement_timeout = 0; UPDATE public.dsos SET org_id = {Default} WHERE org_id IS NULL");
            return (new Band("one UPDATE", began, Clock.Now), null);
        }),
        .. new[] { ("psql, by page", PhysicalLoop), ("psql, by key", Loop) }.Select(loop => new BackfillWay(loop.Item1, "psql", 1, async (server, token) =>
        {
            var began = Clock.Now;
            await server.PsqlAsync(server.Url, ["--command", loop.Item2], token);
            return (new Band(loop.Item1, began, Clock.Now), null);
        })),
        .. new[] { 1, 2, 4 }.Select(workers => new BackfillWay($"orgschema, {workers} worker{(workers == 1 ? "" : "s")}", "orgschema%", workers, async (server, token) =>
        {
            var run = await MigrationProcess.RunAsync(server.Url, ["migrate", "--to", "20260226000800", "--missing-users", "skip", "--workers", $"{workers}"], remote: false, token);
            return (run.Migrations.Single(), run);
        })),
    ];
}
