using System.Diagnostics;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>What is killed.</summary>
internal enum Victim
{
    Process,
    Worker,
    LockHolder,
    WorkerToBeReplaced,
    LockHolderToBeReplaced,
}

[Category(ChaosForm.Category)]
public sealed class RandomKills
{
    private const string OfTheRun = "datname = current_database() AND application_name LIKE 'orgschema/%'";

    private static readonly Journey[] RoundTrip = [Journey.UpAgain, Journey.Contract, Journey.Down];

    private readonly Random _random = new(ChaosForm.Seed);
    private readonly Dictionary<Journey, (Fingerprint End, TimeSpan Span)> _undisturbed = [];
    private LiveDatabase _database = null!;
    private ProgramUnderTest _program = null!;
    private Clients _clients = null!;
    private NpgsqlConnection _watcher = null!;

    [SetUp]
    public async Task TravelUndisturbed()
    {
        _database = await LiveDatabase.CreateAsync().WithCrowdAsync();
        await Journey.Up.RunAsync(_database.ConnectionString);
        await _database.AddOrganizationsAsync();
        await Journey.Down.RunAsync(_database.ConnectionString);
        _program = new ProgramUnderTest(_database);
        _clients = new Clients(_database, ChaosForm.Seed);
        _watcher = new NpgsqlConnection(_database.SuperuserConnectionString);
        await _watcher.OpenAsync();
        foreach (var journey in RoundTrip)
        {
            Expect(journey);
            var run = _program.Start(journey.Arguments());
            await UntilConnectedAsync(run);
            var began = Stopwatch.GetTimestamp();
            Assert.That((await run.Result).ExitCode, Is.Zero, $"undisturbed: {await run.Result}");
            _undisturbed[journey] = (await _database.LikenessAsync(), Stopwatch.GetElapsedTime(began));
        }
    }

    [TearDown]
    public async Task Drop()
    {
        await _clients.DisposeAsync();
        await _watcher.DisposeAsync();
        _program.Dispose();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Converge_lose_no_write_and_disturb_no_client()
    {
        var (began, kills, runs) = (Stopwatch.GetTimestamp(), 0, 0);
        while (kills < ChaosForm.Kills && Stopwatch.GetElapsedTime(began) < ChaosForm.Time)
        {
            var (journey, victim) = (RoundTrip[runs++ % 3], (Victim)(kills % 5));
            Expect(journey);
            kills += await DisturbAsync(journey, victim, kills + 1);
            Converged(await _program.RunAsync(journey.Arguments()), $"{journey} run again", kills);
            _clients.AssertUndisturbed();
            var differences = (await _database.LikenessAsync()).DifferencesFrom(_undisturbed[journey].End);
            Assert.That(differences, Is.Empty, $"{journey}, kill {kills}: {Again(kills)}");
        }

        var writes = await _clients.AssertNothingLostAsync();
        await ChaosForm.Out.WriteLineAsync($"{kills} kills in {runs} runs and {Stopwatch.GetElapsedTime(began):mm\\:ss}, {writes} writes of clients, seed {ChaosForm.Seed}");
        Assert.That(kills, ChaosForm.IsLong ? Is.GreaterThanOrEqualTo(ChaosForm.Kills) : Is.Positive, "runs that were killed in the time that there was");
    }

    /// <summary>Kills the run, and now and then the one after it; returns how many were hit before they ended.</summary>
    private async Task<int> DisturbAsync(Journey journey, Victim victim, int number)
    {
        var hits = 0;
        do
        {
            var survives = victim is Victim.WorkerToBeReplaced or Victim.LockHolderToBeReplaced;
            var run = _program.Start([.. journey.Arguments(), "--workers", $"{_random.Next(1, 4)}", .. survives ? Array.Empty<string>() : ["--reconnect-budget", "0s"]]);
            await UntilConnectedAsync(run);
            var moment = _random.NextDouble() * _undisturbed[journey].Span;
            await Task.Delay(moment); // the load itself: nothing is waited for
            var isHit = await HitAsync(run, victim);
            var result = await run.Result;
            if (survives)
                Converged(result, $"{journey} whose {victim} was killed after {moment.TotalMilliseconds:0} ms", number);
            if (isHit)
                await ChaosForm.Out.WriteLineAsync($"kill {number + hits++}: {journey}, {victim}, after {moment.TotalMilliseconds:0} of {_undisturbed[journey].Span.TotalMilliseconds:0} ms, exit {result.ExitCode}");
        }
        while (_random.Next(4) == 0);
        return hits;
    }

    private async Task<bool> HitAsync(RunningProgram run, Victim victim)
    {
        if (victim != Victim.Process)
        {
            // The odd key is the working session's.
            var half = victim is Victim.Worker or Victim.WorkerToBeReplaced ? 1 : 0;
            return await _watcher.ScalarAsync<bool>($"""
                SELECT coalesce(bool_or(pg_terminate_backend(pid)), false) FROM pg_stat_activity
                WHERE {OfTheRun} AND pid IN (SELECT l.pid FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.granted AND l.objid::bigint % 2 = {half})
                """);
        }

        await run.SignalAsync("KILL");
        return (await run.Result).ExitCode == 128 + 9;
    }

    private async Task UntilConnectedAsync(RunningProgram run)
    {
        while (!run.Result.IsCompleted && !await _watcher.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE {OfTheRun})"))
            await Task.Delay(5);
    }

    private void Expect(Journey journey) => _clients.MayFailWith(journey.ErrorOfInserts());

    private static void Converged(ProgramResult result, string what, int kill) =>
        Assert.That(result.ExitCode, Is.Zero, $"{what}, kill {kill}: {Again(kill)}\n{result}");

    private static string Again(int kill) => $"build/chaos --seed {ChaosForm.Seed} --kills {kill}";
}
