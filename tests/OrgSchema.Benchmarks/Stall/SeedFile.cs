using Npgsql;
using OrgSchema.LocalPostgres;

namespace OrgSchema.Benchmarks;

/// <summary>The recipe that OrgSchema replaces, for comparison: everything in one file and one transaction.</summary>
internal static class SeedFile
{
    /// <summary>Runs it, as the role that migrates, and gives up after <paramref name="cap"/>.</summary>
    public static async Task<IReadOnlyList<Band>> RunAsync(BenchServer server, TimeSpan cap, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(typeof(SeedFile).Assembly.GetManifestResourceStream("seed.sql")!);
        await using var connection = await server.OpenAsync(Baseline.MigratingRole, "the seed's file");
        await using var command = new NpgsqlCommand(await reader.ReadToEndAsync(cancellationToken), connection);
        using var capped = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        capped.CancelAfter(cap);
        var began = Clock.Now;
        try
        {
            await command.ExecuteNonQueryAsync(capped.Token);
            return [new Band("the file, one transaction", began, Clock.Now)];
        }
        catch (Exception e) when (e is PostgresException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return [new Band("the file, rolled back", began, Clock.Now)];
        }
    }
}
