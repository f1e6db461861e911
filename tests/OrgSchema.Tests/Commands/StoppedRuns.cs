using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class StoppedRuns : CommandTest
{
    private const long BeforeIndex = 20260226000600;

    [Test]
    public async Task By_a_lock_that_is_not_to_be_had_end_with_5_and_say_who_has_it()
    {
        await using (await Database.WithLockedTable("public.dsos"))
        {
            var stopped = await Orgschema.RunAsync(5, "migrate", "--lock-budget", "1s");
            Assert.That(stopped.Error, Does.Contain("AddOrgIdToDsos did not get its locks within 1 s").And.Contain("holds ACCESS SHARE on public.dsos"));
            Assert.That(stopped.Error, Does.Contain("Applied up to 20260226000400 BackfillUserProfiles.").And.Contain("--lock-budget"));
        }

        await Orgschema.RunAsync(0, "migrate");
    }

    [Test]
    public async Task By_another_run_end_with_4_and_say_whose_it_is()
    {
        var events = new Events();
        var stranger = await Database.WithLockedTable("public.dsos");
        var first = Database.MigrateAsync(progress: events);
        await events.UntilAsync<LocksAwaited>(first);

        var second = await Orgschema.RunAsync(4, "migrate", "--wait", "1s");
        Assert.That(second.Error, Does.Contain("Another run is migrating this database: pid").And.Contain("Nothing was changed.").And.Contain("--wait"));
        Assert.That((await Orgschema.RunAsync(0, "status")).Output, Does.Contain("pending"), "reading is not refused");

        await stranger.DisposeAsync();
        await first;
    }

    [Test]
    public async Task By_a_signal_while_they_look_for_a_lock_end_with_130_and_leave_nobody_behind()
    {
        await using (await Database.WithLockedTable("public.dsos"))
        {
            var error = await InterruptAsync();
            Assert.That(error, Is.EqualTo("Applied up to 20260226000400 BackfillUserProfiles."));
        }

        await Orgschema.RunAsync(0, "migrate", "--wait", "0s");
    }

    [Test]
    public async Task By_a_signal_in_the_middle_of_a_statement_end_with_130_and_leave_nobody_behind()
    {
        await Database.MigrateAsync(BeforeIndex);
        await using (var snapshot = await Database.OpenAsync())
        {
            await snapshot.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM dsos");
            var error = await InterruptAsync();
            Assert.That(error, Is.EqualTo("20260226000700 IndexDsosOrgId stopped between two steps; running it again completes it."));
        }

        await Orgschema.RunAsync(0, "migrate", "--wait", "0s");
        await Orgschema.RunAsync(0, "verify");
    }

    // Starts a run that somebody is in the way of, sends it the signal, and returns what it says was changed.
    private async Task<string?> InterruptAsync()
    {
        var run = Orgschema.Start("migrate", "--output", "json");
        await run.UntilErrorAsync("locksAwaited");
        await run.InterruptAsync();
        var result = await run.Result;

        Assert.That(result.ExitCode, Is.EqualTo(130), result.ToString());
        Assert.That(result.Json.GetProperty("error").GetString(), Is.EqualTo("Interrupted."));
        Assert.That(result.Json.GetProperty("next").GetString(), Does.StartWith("Run the same command again"));
        await Database.UntilAsync("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'orgschema%')");
        return result.Json.GetProperty("changed").GetString();
    }
}
