using System.Diagnostics;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[Category(ChaosForm.Category)]
[TestFixture(Journey.Up)]
[TestFixture(Journey.Contract)]
[TestFixture(Journey.Down)]
[TestFixture(Journey.UpAgain)]
public sealed class CutAfterEveryRequest(Journey journey)
{
    private const int CutsInShort = 2;

    private LiveDatabase _start = null!;
    private Fingerprint _end = null!;
    private int _requests;

    [SetUp]
    public async Task TravelUndisturbed()
    {
        _start = await LiveDatabase.CreateAsync().WithCrowdAsync(dsos: 50, users: 50);
        for (var before = Journey.Up; before < journey; before++)
        {
            await before.RunAsync(_start.ConnectionString);
            if (before == Journey.Up)
                await _start.AddOrganizationsAsync();
        }

        await using var undisturbed = await _start.CopyAsync();
        await using var proxy = new CuttingProxy(undisturbed.ConnectionString);
        await journey.RunAsync(proxy.ConnectionString);
        (_end, _requests) = (await undisturbed.LikenessAsync(), proxy.Requests);
    }

    [TearDown]
    public async Task Drop() => await _start.DisposeAsync();

    [Test]
    public Task A_killed_run_converges_when_it_is_run_again() => CutAsync(async (database, last) =>
    {
        await using (var proxy = new CuttingProxy(database.ConnectionString, last, Loss.Process))
        {
            try
            {
                await journey.RunAsync(proxy.ConnectionString);
            }
            catch (Exception e) when (proxy.IsCut && e is NpgsqlException or OnlineMigrationException or InvalidOperationException)
            {
                // killed
            }

            if (!proxy.IsCut)
                return false;
        }

        await journey.RunAsync(database.ConnectionString);
        return true;
    });

    [Test]
    public Task A_run_that_is_cut_off_goes_on([Values(Loss.Network, Loss.Backend)] Loss loss) => CutAsync(async (database, last) =>
    {
        await using var proxy = new CuttingProxy(database.ConnectionString, last, loss);
        try
        {
            await journey.RunAsync(proxy.ConnectionString, TimeSpan.FromMinutes(1));
        }
        catch (TargetException) when (proxy.Connections <= 2)
        {
            await journey.RunAsync(database.ConnectionString); // it had not begun: a target that is not to be had is said at once
        }

        return proxy.IsCut;
    });

    // In random order, so that the time that there is spreads over the whole journey. A run makes a few requests more or fewer than
    // the undisturbed one, for what else happens on the server: where the request does not come again, nothing is cut.
    private async Task CutAsync(Func<LiveDatabase, int, Task<bool>> run)
    {
        var order = Enumerable.Range(1, _requests).ToArray();
        new Random(ChaosForm.Seed).Shuffle(order);
        var (began, cuts, writes) = (Stopwatch.GetTimestamp(), 0, 0);
        foreach (var last in order)
        {
            if (cuts > 0 && (Stopwatch.GetElapsedTime(began) >= ChaosForm.Time || (cuts == CutsInShort && !ChaosForm.IsLong)))
                break;
            await using var database = await _start.CopyAsync();
            try
            {
                var (cut, written) = await AtWorkAsync(database, () => run(database, last));
                (await database.LikenessAsync()).AssertSameAs(_end);
                (cuts, writes) = (cuts + (cut ? 1 : 0), writes + written);
            }
            catch (Exception e) when (e is not AssertionException)
            {
                throw new AssertionException($"{journey} after request {last} of {_requests}, seed {ChaosForm.Seed}: {e}", e);
            }
        }

        Assert.That(cuts, Is.Positive, "something was cut");
        await ChaosForm.Out.WriteLineAsync($"{journey}: {cuts} cuts behind one of {_requests} requests in {Stopwatch.GetElapsedTime(began):mm\\:ss}, {writes} writes of clients, seed {ChaosForm.Seed}");
    }

    /// <summary>Has clients at work meanwhile, none of which may fail or lose what it wrote.</summary>
    private async Task<(bool IsCut, int Writes)> AtWorkAsync(LiveDatabase database, Func<Task<bool>> run)
    {
        await using var clients = new Clients(database, ChaosForm.Seed);
        clients.MayFailWith(journey.ErrorOfInserts());
        if (journey != Journey.Down)
            await clients.UntilAllHaveWorkedAsync();
        var isCut = await run();
        if (journey == Journey.Down)
            await clients.UntilAllHaveWorkedAsync();
        return (isCut, await clients.AssertNothingLostAsync());
    }
}
