using Microsoft.Extensions.DependencyInjection;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Runs the migrations on a live database, as the program does, without starting a process.</summary>
internal static class Migrating
{
    /// <summary>All migrations, by version.</summary>
    public static IReadOnlyList<KnownMigration> All { get; } = KnownMigration.In(MigrationList.All);

    /// <summary>Those that a plain migrate applies.</summary>
    public static IEnumerable<KnownMigration> BeforeContract => All.Where(migration => migration.Phase != Phase.Contract);

    /// <summary>A migrator for this database. Preflight asks as it does by default for a target that is not local.</summary>
    public static Migrator Migrator(
        this TestDatabase database, Tenancy? tenancy = null, IProgress<MigrationEvent>? progress = null, MissingUsers? preflight = null, TimeSpan? lockBudget = null, Action<TracedStatement>? trace = null)
    {
        tenancy ??= new Tenancy();
        var options = new MigratorOptions
        {
            ConnectionString = database.ConnectionString,
            Migrations = MigrationList.All,
            Services = services => services.AddSingleton(tenancy),
            SearchPath = "pg_catalog, public, extensions",
            LockBudget = lockBudget ?? TimeSpan.FromMinutes(10),
            Preflight = preflight is { } missingUsers ? (connection, applied, token) => Preflight.RunAsync(connection, tenancy, applied, missingUsers, token) : null,
        };
        return trace is null ? new Migrator(options, progress) : TracedMigrator.Create(options, trace, progress);
    }

    /// <summary>Applies everything before contract, or up to a version.</summary>
    public static async Task<RunResult> MigrateAsync(
        this TestDatabase database, long? to = null, Tenancy? tenancy = null, IProgress<MigrationEvent>? progress = null, MissingUsers? preflight = null)
    {
        await using var migrator = database.Migrator(tenancy, progress, preflight);
        return await migrator.UpAsync(to, default);
    }

    /// <summary>Applies one migration, a contract one too.</summary>
    public static async Task ApplyAsync(this TestDatabase database, KnownMigration migration)
    {
        await using var migrator = database.Migrator();
        if (migration.Phase == Phase.Contract)
            await migrator.ContractAsync(default);
        else
            await migrator.UpAsync(migration.Version, default);
    }

    /// <summary>Looks what is there of migrations that are not recorded.</summary>
    public static async Task<IReadOnlyList<FoundStep>> FindStepsAsync(this TestDatabase database)
    {
        await using var connection = await database.OpenAsync();
        return await FoundSteps.FindAsync(connection, new Tenancy(), new HashSet<long>(), default);
    }

    /// <summary>Records what is there and right.</summary>
    /// <returns>The versions recorded.</returns>
    public static async Task<IReadOnlyList<long>> AdoptAsync(this TestDatabase database)
    {
        await using var migrator = database.Migrator();
        var adopted = await migrator.AdoptAsync(
            async (connection, applied, token) =>
            {
                var found = (await FoundSteps.FindAsync(connection, new Tenancy(), applied, token)).ToLookup(step => step.Extent, step => step.Version);
                return new([.. found[Extent.Present]], [.. found[Extent.Different]]);
            },
            default);
        return [.. adopted.Select(migration => migration.Version)];
    }

    /// <summary>Applies the contract migrations.</summary>
    public static async Task<RunResult> ContractAsync(this TestDatabase database)
    {
        await using var migrator = database.Migrator();
        return await migrator.ContractAsync(default);
    }

    /// <summary>Reverts the last migration, or as much as is said.</summary>
    public static async Task<RunResult> RevertAsync(this TestDatabase database, DownTarget? target = null)
    {
        await using var migrator = database.Migrator();
        return await migrator.DownAsync(target ?? DownTarget.Last(1), default);
    }

    /// <summary>Applies everything that comes before a migration.</summary>
    public static async Task MigrateToBeforeAsync(this TestDatabase database, KnownMigration migration)
    {
        if (All.LastOrDefault(other => other.Version < migration.Version) is { } last)
            await database.MigrateAsync(last.Version);
    }

    /// <summary>Catalog and data of everything but the private schema, as a superuser sees them.</summary>
    public static async Task<Fingerprint> FingerprintAsync(this TestDatabase database)
    {
        await using var connection = new Npgsql.NpgsqlConnection(database.SuperuserConnectionString);
        await connection.OpenAsync();
        return await Fingerprint.ReadAsync(connection);
    }

    /// <summary>How often each row of the application was last updated: table, key and time, one line a row.</summary>
    public static async Task<string> UpdateTimesAsync(this TestDatabase database)
    {
        var tables = await database.ColumnAsync<string>("""
            SELECT format('%I.%I', table_schema, table_name) FROM information_schema.columns
            WHERE column_name = 'updated_at' AND table_schema IN ('public', 'auth') AND table_name NOT IN ('organizations', 'user_profiles')
            ORDER BY 1
            """);
        return await database.ScalarAsync<string>(
            $"SELECT string_agg(line, E'\\n' ORDER BY line) FROM ({string.Join(" UNION ALL ", tables.Select(table => $"SELECT concat_ws(' ', '{table}', id, updated_at) AS line FROM {table}"))}) AS times") ?? "";
    }
}
