using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>A live database with all migrations before contract, made once and copied.</summary>
internal static class GrownTemplate
{
    // A database is copied by a session in it, and another one in it would be in the way.
    private static readonly SemaphoreSlim Copying = new(1);

    private static readonly Lazy<Task<LiveDatabase>> Migrated = new(async () =>
    {
        var database = await LiveDatabase.CreateAsync();
        await database.MigrateAsync();
        return database;
    });

    /// <summary>A copy.</summary>
    public static async Task<LiveDatabase> CopyAsync()
    {
        await Copying.WaitAsync();
        try
        {
            return await (await Migrated.Value).CopyAsync();
        }
        finally
        {
            Copying.Release();
        }
    }

    /// <summary>Drops it, if it was made.</summary>
    public static async Task DropAsync()
    {
        if (Migrated is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await (await Migrated.Value).DisposeAsync();
    }
}
