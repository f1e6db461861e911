using System.Diagnostics;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>A Down that takes rows of the application's tables along, and the Up that brings them back, each cut behind any of its requests.</summary>
[Category(ChaosForm.Category)]
public sealed class CutWithChildren
{
    private const int CutsInShort = 6;

    private const string Children = """
        CREATE TABLE public.projects (
            id integer PRIMARY KEY, org_id uuid NOT NULL REFERENCES public.organizations ON DELETE CASCADE, title text);
        CREATE TABLE public.steps (project integer REFERENCES public.projects ON DELETE CASCADE, n integer, parent integer, facts json,
            PRIMARY KEY (project, n), FOREIGN KEY (project, parent) REFERENCES public.steps ON DELETE CASCADE);
        CREATE TABLE public.notes (
            id integer PRIMARY KEY, org_id uuid REFERENCES public.organizations ON DELETE SET NULL, updated_at timestamptz DEFAULT '2020-01-01Z');
        CREATE TRIGGER touch BEFORE UPDATE ON public.notes FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
        CREATE TABLE public.drafts (id integer PRIMARY KEY, author uuid NOT NULL REFERENCES public.user_profiles ON DELETE CASCADE);
        INSERT INTO public.projects SELECT n, o.id, 'project ' || n FROM pg_catalog.generate_series(1, 60) AS n, public.organizations AS o;
        INSERT INTO public.steps SELECT p.id, n, nullif(n - 1, 0), '{"a": 1}' FROM public.projects AS p, pg_catalog.generate_series(1, 3) AS n;
        INSERT INTO public.notes SELECT n, o.id FROM pg_catalog.generate_series(1, 50) AS n, public.organizations AS o;
        INSERT INTO public.drafts SELECT pg_catalog.row_number() OVER (), u.id FROM public.user_profiles AS u, pg_catalog.generate_series(1, 5);
        """;

    private LiveDatabase _migrated = null!;
    private Fingerprint _before = null!;

    [SetUp]
    public async Task Grow()
    {
        _migrated = await LiveDatabase.CreateAsync();
        await _migrated.MigrateAsync();
        await _migrated.ExecuteAsync(Children);
        _before = await _migrated.FingerprintAsync();
    }

    [TearDown]
    public async Task Drop() => await _migrated.DisposeAsync();

    [Test]
    public Task A_Down_goes_on_and_loses_nothing([Values(Loss.Process, Loss.Backend)] Loss loss) => CutAsync(_migrated, Direction.Down, loss);

    [Test]
    public async Task An_Up_goes_on_and_brings_everything_back([Values(Loss.Process, Loss.Backend)] Loss loss)
    {
        await using var reverted = await _migrated.CopyAsync();
        await RunAsync(reverted.ConnectionString, Direction.Down);
        Assert.That(await reverted.ScalarAsync<long>("SELECT pg_catalog.count(*) FROM public.steps"), Is.Zero);
        await CutAsync(reverted, Direction.Up, loss);
    }

    // Whatever was cut: the same again, and up, and all is as it was.
    private async Task CutAsync(LiveDatabase start, Direction direction, Loss loss)
    {
        var order = Enumerable.Range(1, await RequestsAsync(start, direction) - 3).ToArray();
        new Random(ChaosForm.Seed).Shuffle(order);
        var (began, cuts) = (Stopwatch.GetTimestamp(), 0);
        var chosen = order.Take(ChaosForm.IsLong ? order.Length : CutsInShort);
        foreach (var last in chosen.TakeWhile(_ => cuts == 0 || Stopwatch.GetElapsedTime(began) < ChaosForm.Time))
        {
            await using var database = await start.CopyAsync();
            await using (var proxy = new CuttingProxy(database.ConnectionString, last, loss))
            {
                try
                {
                    await RunAsync(proxy.ConnectionString, direction);
                }
                catch (Exception e) when (e is NpgsqlException or OnlineMigrationException or InvalidOperationException)
                {
                    // killed
                }

                cuts += proxy.IsCut ? 1 : 0; // how many requests there are depends a little on what else happens
            }

            await RunAsync(database.ConnectionString, direction);
            if (direction == Direction.Down)
                await RunAsync(database.ConnectionString, Direction.Up);
            var differences = (await database.FingerprintAsync()).DifferencesFrom(_before);
            Assert.That(differences, Is.Empty, $"{direction} after request {last} of {order.Length}, seed {ChaosForm.Seed}");
        }

        Assert.That(cuts, Is.Positive, "no run was cut");

        var took = Stopwatch.GetElapsedTime(began);
        await ChaosForm.Out.WriteLineAsync($"{direction}: {cuts} cuts behind one of {order.Length} requests in {took:mm\\:ss}, seed {ChaosForm.Seed}");
    }

    private static async Task<int> RequestsAsync(LiveDatabase start, Direction direction)
    {
        await using var undisturbed = await start.CopyAsync();
        await using var proxy = new CuttingProxy(undisturbed.ConnectionString);
        await RunAsync(proxy.ConnectionString, direction);
        return proxy.Requests;
    }

    private static async Task RunAsync(string connectionString, Direction direction)
    {
        await using var migrator = Journeys.Migrator(connectionString);
        _ = direction == Direction.Up ? await migrator.UpAsync(null, default) : await migrator.DownAsync(DownTarget.Above(20260226000200), default);
    }
}
