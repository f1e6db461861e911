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
    private Fingerprint _end = null!;

    [SetUp]
    public async Task Start()
    {
        _server = await ScratchServer.StartAsync(Settings);
        _database = await LiveDatabase.CreateAsync(_server).WithCrowdAsync();
        await using (var undisturbed = await _database.CopyAsync())
        {
            await Journey.Up.RunAsync(undisturbed.ConnectionString);
            _end = await undisturbed.LikenessAsync();
        }

        _program = new ProgramUnderTest();
    }

    [TearDown]
    public async Task Stop()
    {
        _program.Dispose();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task That_starts_again_lets_the_run_go_on_and_loses_no_write()
    {
        await using var clients = new Clients(_database, ChaosForm.Seed, mayLoseConnections: true);
        _program.Target(_database.Url);
        var run = await BackfillingAsync();

        await _server.CrashAsync();
        await run.UntilErrorAsync("connectionLost");
        await _server.StartAgainAsync();

        await AssertConvergedAsync(run, _database);
        await clients.AssertNothingLostAsync();
    }

    [Test]
    public async Task That_stays_away_ends_the_run_and_the_next_one_converges()
    {
        _program.Target(_database.Url);
        var run = await BackfillingAsync("--reconnect-budget", "1s");

        await _server.CrashAsync();
        var result = await run.Result;
        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Json.GetProperty("changed").GetString(), Does.Contain("20260226000300"));
        await _server.StartAgainAsync();

        await AssertConvergedAsync(_program.Start("migrate"), _database);
    }

    [Test]
    public async Task With_a_standby_that_takes_over_lets_the_run_go_on_there_and_loses_no_write()
    {
        await using var standby = await _server.AddStandbyAsync();
        // From here on a commit is acknowledged when the standby has it, too.
        await ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()");
        var survivor = _database.On(standby);
        await using var clients = new Clients(_database, ChaosForm.Seed, mayLoseConnections: true, elsewhere: survivor);
        _program.Target($"{_database.Url.Replace($":{_server.Server.Port}/", $":{_server.Server.Port},127.0.0.1:{standby.Server.Port}/", StringComparison.Ordinal)}?target_session_attrs=primary");
        var run = await BackfillingAsync();

        await _server.CrashAsync();
        await run.UntilErrorAsync("connectionLost");
        await survivor.ExecuteAsSuperuserAsync("SELECT pg_promote()");

        await AssertConvergedAsync(run, survivor);
        await clients.AssertNothingLostAsync();
    }

    [Test]
    public async Task Whose_standby_is_the_target_is_refused_and_nothing_is_changed([Values] Journey journey)
    {
        for (var before = Journey.Up; before < journey; before++)
            await before.RunAsync(_database.ConnectionString);
        await using var standby = await _server.AddStandbyAsync();
        _program.Target(_database.On(standby).Url);

        var result = await _program.RunAsync(2, [.. journey.Arguments(), "--output", "json"]);

        Assert.That(result.Json.GetProperty("error").GetString(), Does.Contain("standby"));
        Assert.That(result.Json.GetProperty("next").GetString(), Does.Contain("target_session_attrs=primary"));
        Assert.That(result.Json.GetProperty("changed").GetString(), Is.EqualTo("Nothing was changed."));
    }

    // Ends in the middle of the migration that goes in batches.
    private async Task<RunningProgram> BackfillingAsync(params string[] options)
    {
        var run = _program.Start(["migrate", "--output", "json", "--batch-size", "20", "--batch-duration", "1ms", .. options]);
        await run.UntilErrorAsync("\"backfill\"");
        return run;
    }

    private async Task AssertConvergedAsync(RunningProgram run, LiveDatabase database)
    {
        var result = await run.Result;
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        (await database.LikenessAsync()).AssertSameAs(_end);
    }

    private async Task ExecuteAsync(params string[] statements)
    {
        foreach (var statement in statements)
            await _database.ExecuteAsSuperuserAsync(statement);
    }
}
