using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>A journey of a migration that is cut off behind every request, one after the other, and run again.</summary>
internal static class CutEverywhere
{
    private const int CutsInShort = 5;

    /// <summary>Fails the test unless each journey that was cut off ends where an undisturbed one does.</summary>
    /// <param name="database">The database.</param>
    /// <param name="begin">Brings it to the beginning of the journey, from wherever it is.</param>
    /// <param name="run">Makes the journey over a connection string.</param>
    /// <param name="loss">What is lost.</param>
    public static async Task AssertConvergesAsync(this EmptyDatabase database, Func<Task> begin, Func<string, Task> run, Loss loss)
    {
        await begin();
        await using var undisturbed = new CuttingProxy(database.ConnectionString);
        await run(undisturbed.ConnectionString);
        var end = await PictureAsync(database);
        var order = Enumerable.Range(1, undisturbed.Requests).ToArray();
        new Random(ChaosForm.Seed).Shuffle(order);
        foreach (var request in order.Take(ChaosForm.IsLong ? order.Length : CutsInShort))
        {
            await begin();
            await using var proxy = new CuttingProxy(database.ConnectionString, request, loss);
            try
            {
                await run(proxy.ConnectionString);
            }
            catch (Exception e) when (e is NpgsqlException or OnlineMigrationException or InvalidOperationException)
            {
                // cut off
            }

            await run(database.ConnectionString);

            var differences = (await PictureAsync(database)).DifferencesFrom(end);
            Assert.That(differences, Is.Empty, $"{loss} behind request {request} of {undisturbed.Requests}, seed {ChaosForm.Seed}");
        }
    }

    // Runs and their times differ.
    private static async Task<Fingerprint> PictureAsync(EmptyDatabase database) =>
        (await database.FingerprintAsync()).Where(line => !line.Subject.StartsWith("orgschema.", StringComparison.Ordinal));
}
