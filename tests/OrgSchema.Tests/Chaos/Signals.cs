using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[Category(ChaosForm.Category)]
public sealed class Signals
{
    private const long BeforeProfiles = 20260226000300;
    private const long BeforeIndex = 20260226000600;

    private LiveDatabase _database = null!;
    private ProgramUnderTest _program = null!;

    // A server of its own: its processes are seen, and stopped, from here.
    [OneTimeSetUp]
    public static async Task Start() => Shared = await ScratchServer.StartAsync();

    [OneTimeTearDown]
    public static async Task Stop() => await Shared.DisposeAsync();

    private static ScratchServer Shared { get; set; } = null!;

    [SetUp]
    public async Task Create()
    {
        _database = await LiveDatabase.CreateAsync(Shared);
        _program = new ProgramUnderTest(_database);
    }

    [TearDown]
    public async Task Drop()
    {
        _program.Dispose();
        await _database.DisposeAsync();
    }

    [TestCase("INT")]
    [TestCase("TERM")]
    public async Task In_the_middle_of_an_index_build_end_the_run_in_order(string signal)
    {
        await _database.MigrateAsync(BeforeIndex);
        await using (var snapshot = await _database.OpenAsync())
        {
            await snapshot.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM public.doctors");
            var run = _program.Start("migrate", "--output", "json");
            await run.UntilErrorAsync("locksAwaited");
            await run.SignalAsync(signal);
            await AssertEndedInOrderAsync(run, "20260226000700 IndexDsosOrgId stopped between two steps; running it again completes it.");
        }

        await _program.RunAsync(0, "migrate", "--wait", "0s");
    }

    [TestCase(Journey.Contract, "Nothing was changed.")]
    [TestCase(Journey.Down, "Reverted down to and including 20260226001000 RevokeErroneousAccess.")]
    public async Task While_a_table_is_not_to_be_had_end_the_run_in_order(Journey journey, string changed)
    {
        await Journey.Up.RunAsync(_database.ConnectionString);
        await using (await _database.WithLockedTable("public.dsos"))
        {
            var run = _program.Start([.. journey.Arguments(), "--output", "json"]);
            await run.UntilErrorAsync("locksAwaited");
            await run.InterruptAsync();
            await AssertEndedInOrderAsync(run, changed);
        }

        await _program.RunAsync(0, [.. journey.Arguments(), "--wait", "0s"]);
    }

    [TestCase("INT", 1)]
    [TestCase("TERM", 1)]
    [TestCase("TERM", 2)]
    public async Task In_the_middle_of_a_batch_end_the_run_in_order(string signal, int workers)
    {
        await MakeBatchesSleepAsync(deeply: false);
        var run = _program.Start("migrate", "--output", "json", "--workers", $"{workers}");
        await UntilAsleepAsync(workers);

        await run.SignalAsync(signal);

        await AssertEndedInOrderAsync(run, "20260226000400 BackfillUserProfiles stopped between two steps; running it again completes it.");
        Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM user_profiles"), Is.Zero, "the batch was rolled back");
        await _database.ExecuteAsync("DELETE FROM public.bedtime");
        await _program.RunAsync(0, "migrate", "--wait", "0s");
    }

    [Test]
    public async Task The_second_one_does_not_wait_for_a_statement_that_cannot_be_canceled()
    {
        await MakeBatchesSleepAsync(deeply: true);
        var run = _program.Start("migrate", "--output", "json");
        await UntilAsleepAsync();

        await run.InterruptAsync();
        await _database.UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'canceled in vain')");
        Assert.That(run.Result.IsCompleted, Is.False, "the first one waits for the statement");
        await run.InterruptAsync();

        Assert.That((await run.Result).ExitCode, Is.EqualTo(130));
        await _database.ExecuteAsync("DELETE FROM public.bedtime");
        await _program.RunAsync(0, "migrate");
    }

    [Test]
    public async Task To_kill_leave_a_statement_that_the_next_run_waits_for()
    {
        await MakeBatchesSleepAsync(deeply: false);
        var killed = _program.Start("migrate", "--output", "json");
        var worker = await UntilAsleepAsync();
        // A backend notices within a second that its client is gone. One that is stopped does not.
        await SignalBackendAsync("STOP", worker);
        await killed.SignalAsync("KILL");
        await killed.Result;
        await _database.ExecuteAsync("DELETE FROM public.bedtime");

        var next = _program.Start("migrate", "--output", "json");
        await next.UntilErrorAsync($"pid {worker}");
        Assert.That(next.Result.IsCompleted, Is.False);
        await SignalBackendAsync("CONT", worker);

        var result = await next.Result;
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
    }

    private async Task AssertEndedInOrderAsync(RunningProgram run, string changed)
    {
        var result = await run.Result;
        Assert.That(result.ExitCode, Is.EqualTo(130), result.ToString());
        Assert.That(result.Json.GetProperty("changed").GetString(), Is.EqualTo(changed));
        Assert.That(result.Json.GetProperty("next").GetString(), Does.StartWith("Run the same command again"));
        Assert.That(await _database.ScalarAsync<string>("SELECT outcome FROM orgschema.run_log ORDER BY id DESC LIMIT 1"), Is.EqualTo("interrupted"), "it had the time to say so");
        await _database.UntilAsync("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'orgschema%')");
    }

    /// <summary>The batches of the profiles' backfill sleep while there is a row in <c>bedtime</c>.</summary>
    private async Task MakeBatchesSleepAsync(bool deeply)
    {
        await _database.MigrateAsync(BeforeProfiles);
        await _database.ExecuteAsync($"""
            CREATE TABLE public.bedtime AS SELECT 1 AS hour;
            CREATE FUNCTION public.sleep() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                WHILE EXISTS (SELECT FROM public.bedtime) LOOP
                    {(deeply ? "BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN PERFORM set_config('application_name', 'canceled in vain', false); END" : "PERFORM pg_sleep(600)")};
                END LOOP;
                RETURN NEW;
            END $$;
            CREATE TRIGGER sleep BEFORE INSERT ON public.user_profiles FOR EACH ROW EXECUTE FUNCTION public.sleep()
            """);
    }

    private async Task<int> UntilAsleepAsync(int workers = 1)
    {
        const string Sleeper = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        await _database.UntilAsync($"SELECT count(*) = {workers} {Sleeper}");
        return await _database.ScalarAsync<int>($"SELECT min(pid) {Sleeper}");
    }

    private static async Task SignalBackendAsync(string signal, int process)
    {
        using var kill = System.Diagnostics.Process.Start("kill", [$"-{signal}", $"{process}"]);
        await kill.WaitForExitAsync();
    }
}
