using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OrgSchema.Online;

namespace OrgSchema.Tests;

/// <summary>The commands that change a database, in the order in which they make a round trip, and once more up: from the archive.</summary>
public enum Journey
{
    Up,
    Contract,
    Down,
    UpAgain,
}

internal static class Journeys
{
    /// <summary>As it is typed.</summary>
    public static string[] Arguments(this Journey journey) => journey switch
    {
        Journey.Up or Journey.UpAgain => ["migrate", "up", "--batch-size", "300"],
        Journey.Contract => ["migrate", "contract", "--force", "chaos"],
        _ => ["migrate", "down", "--all"],
    };

    /// <summary>The SQLSTATE that clients may get: the old application cannot insert while the bridge is gone, after contract and before the way down.</summary>
    public static string? ErrorOfInserts(this Journey journey) => journey is Journey.Contract or Journey.Down ? PostgresErrorCodes.NotNullViolation : null;

    /// <summary>Makes all journeys that come before it.</summary>
    public static async Task TravelToAsync(this Journey journey, string connectionString)
    {
        for (var before = Journey.Up; before < journey; before++)
            await before.RunAsync(connectionString);
    }

    /// <summary>Runs it in this process.</summary>
    /// <param name="journey">Which.</param>
    /// <param name="connectionString">The way to the database.</param>
    /// <param name="reconnectBudget">How long a lost connection is tried again. Default: not at all, as if the process had been killed.</param>
    public static async Task RunAsync(this Journey journey, string connectionString, TimeSpan reconnectBudget = default)
    {
        await using var migrator = Migrator(connectionString, reconnectBudget);
        _ = journey switch
        {
            Journey.Up or Journey.UpAgain => await migrator.UpAsync(null, default),
            Journey.Contract => await migrator.ContractAsync(default),
            _ => await migrator.DownAsync(DownTarget.All, default),
        };
    }

    /// <summary>A migrator of small batches, so that there is much to cut.</summary>
    public static Migrator Migrator(string connectionString, TimeSpan reconnectBudget = default) => new(new MigratorOptions
    {
        ConnectionString = connectionString,
        Migrations = MigrationList.All,
        Services = services => services.AddSingleton(new Tenancy()),
        SearchPath = "pg_catalog, public, extensions",
        Backfill = new BackfillOptions { BatchSize = 20, MaxBatchSize = 20, TargetDuration = TimeSpan.FromHours(1), Pause = TimeSpan.Zero },
        ReconnectBudget = reconnectBudget,
    });
}
