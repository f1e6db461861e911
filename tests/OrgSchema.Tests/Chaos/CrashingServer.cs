using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[Category(ChaosForm.Category)]
public sealed class CrashingServer
{
    // A crash of the server, not of the machine: what it has written is there, without a sync.
    private static readonly Dictionary<string, string> Settings = new() { ["synchronous_commit"] = "on" };

    private ScratchServer _server = null!;
    private LiveDatabase _database = null!;
    private ProgramUnderTest _program = null!;
    private Stranger? _inTheWay;

    [SetUp]
    public async Task Start()
    {
        _server = await ScratchServer.StartAsync(Settings);
        _database = await LiveDatabase.CreateAsync(_server).WithCrowdAsync();
        _program = new ProgramUnderTest();
    }

    [TearDown]
    public async Task Stop()
    {
        _program.Dispose();
        if (_inTheWay is not null)
            await _inTheWay.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task That_starts_again_lets_the_run_go_on_and_loses_no_write([Values(Journey.Up, Journey.Contract, Journey.Down)] Journey journey)
    {
        var end = await EndOfAsync(journey);
        await using var clients = AtWork(journey);
        _program.Target(_database.Url);
        var run = await HalfWayAsync(journey);

        await _server.CrashAsync();
        await run.UntilErrorAsync("connectionLost");
        await _server.StartAgainAsync();

        await AssertConvergedAsync(run, _database, end);
        await clients.AssertNothingLostAsync();
    }

    [Test]
    public async Task That_stays_away_ends_the_run_and_the_next_one_converges()
    {
        var end = await EndOfAsync(Journey.Down);
        _program.Target(_database.Url);
        var run = await HalfWayAsync(Journey.Down, "--reconnect-budget", "1s");

        await _server.CrashAsync();
        var result = await run.Result;
        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Json.GetProperty("changed").GetString(), Does.Contain("20260226000600"));
        await _server.StartAgainAsync();

        await AssertConvergedAsync(_program.Start(Journey.Down.Arguments()), _database, end);
    }

    [Test]
    public async Task With_a_standby_that_takes_over_lets_the_run_go_on_there_and_loses_no_write([Values(Journey.Up, Journey.Down)] Journey journey)
    {
        var end = await EndOfAsync(journey);
        await using var standby = await _server.AddStandbyAsync();
        // From here on a commit is acknowledged when the standby has it, too.
        await ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()");
        var survivor = _database.On(standby);
        await using var clients = AtWork(journey, elsewhere: survivor);
        _program.Target($"{_database.Url.Replace($":{_server.Server.Port}/", $":{_server.Server.Port},127.0.0.1:{standby.Server.Port}/", StringComparison.Ordinal)}?target_session_attrs=primary");
        var run = await HalfWayAsync(journey);

        await _server.CrashAsync();
        await run.UntilErrorAsync("connectionLost");
        await survivor.ExecuteAsSuperuserAsync("SELECT pg_promote()");

        await AssertConvergedAsync(run, survivor, end);
        await clients.AssertNothingLostAsync();
    }

    [Test]
    public async Task Whose_standby_is_the_target_is_refused_and_nothing_is_changed([Values] Journey journey)
    {
        await journey.TravelToAsync(_database.ConnectionString);
        await using var standby = await _server.AddStandbyAsync();
        _program.Target(_database.On(standby).Url);

        var result = await _program.RunAsync(2, [.. journey.Arguments(), "--output", "json"]);

        Assert.That(result.Json.GetProperty("error").GetString(), Does.Contain("standby"));
        Assert.That(result.Json.GetProperty("next").GetString(), Does.Contain("target_session_attrs=primary"));
        Assert.That(result.Json.GetProperty("changed").GetString(), Is.EqualTo("Nothing was changed."));
    }

    /// <summary>Makes every journey before this one; returns where this one ends when nothing happens.</summary>
    private async Task<Fingerprint> EndOfAsync(Journey journey)
    {
        await journey.TravelToAsync(_database.ConnectionString);
        await using var undisturbed = await _database.CopyAsync();
        await journey.RunAsync(undisturbed.ConnectionString);
        return await undisturbed.LikenessAsync();
    }

    private Clients AtWork(Journey journey, LiveDatabase? elsewhere = null)
    {
        var clients = new Clients(_database, ChaosForm.Seed, mayLoseConnections: true, elsewhere);
        clients.MayFailWith(journey.ErrorOfInserts());
        return clients;
    }

    /// <summary>Starts it, and ends where it cannot be done soon: among small batches, or, where there are none, before a table that is not to be had.</summary>
    private async Task<RunningProgram> HalfWayAsync(Journey journey, params string[] options)
    {
        if (journey == Journey.Contract)
            _inTheWay = await _database.WithLockedTable("public.dsos"); // until the server crashes
        var run = _program.Start([.. journey.Arguments(), "--output", "json", "--batch-duration", "1ms", .. options]);
        await run.UntilErrorAsync(journey switch
        {
            Journey.Contract => "locksAwaited",
            Journey.Down => "\"backfill\",\"version\":20260226000500",
            _ => "\"backfill\"",
        });
        return run;
    }

    private static async Task AssertConvergedAsync(RunningProgram run, LiveDatabase database, Fingerprint end)
    {
        var result = await run.Result;
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        (await database.LikenessAsync()).AssertSameAs(end);
    }

    private async Task ExecuteAsync(params string[] statements)
    {
        foreach (var statement in statements)
            await _database.ExecuteAsSuperuserAsync(statement);
    }
}
