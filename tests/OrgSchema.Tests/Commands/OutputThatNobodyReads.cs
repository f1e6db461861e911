using NUnit.Framework;

namespace OrgSchema.Tests;

/// <summary>A run goes on to its end with the right exit code, whether its output is read or not.</summary>
public sealed class OutputThatNobodyReads : CommandTest
{
    [TestCase(">&-")]
    [TestCase(">/dev/full")]
    [TestCase("| head -n 1 >&2")]
    [TestCase("| true")]
    [TestCase("2>&-")]
    [TestCase("2>/dev/full")]
    [TestCase(">&- 2>&-")]
    [TestCase("<&- >&- 2>&-")]
    [TestCase("2>&1 | true")]
    public async Task Does_not_stop_migrate(string redirected)
    {
        Assert.That((await Orgschema.RunInShellAsync(redirected, "migrate")).ExitCode, Is.Zero);
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM orgschema.schema_version"), Is.EqualTo(11));

        Assert.That((await Orgschema.RunInShellAsync(redirected, "migrate", "down", "--all", "--yes", "--output", "json")).ExitCode, Is.Zero);
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM orgschema.schema_version"), Is.Zero);
        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM orgschema.run_log WHERE outcome <> 'done'"), Is.Zero);
    }

    [TestCase(">&-", "it is closed")]
    [TestCase(">/dev/full", "No space left on device")]
    public async Task Is_told_on_standard_error(string redirected, string why)
    {
        foreach (var output in new[] { "text", "json" })
        {
            var result = await Orgschema.RunInShellAsync(redirected, "status", "--output", output);

            Assert.That(result.ExitCode, Is.Zero);
            Assert.That(result.Error, Is.EqualTo($"note      Standard output could not be written: {why}. The command ran to its end.\n"));
        }
    }

    [TestCase(">&-")]
    [TestCase("| true")]
    [TestCase(">&- 2>&-")]
    public async Task Keeps_the_exit_code_of_what_went_wrong(string redirected)
    {
        await Orgschema.RunAsync(0, "migrate");
        await Database.ExecuteAsync("GRANT SELECT ON public.organizations TO anon");
        Assert.That((await Orgschema.RunInShellAsync(redirected, "verify")).ExitCode, Is.EqualTo(3));
        Assert.That((await Orgschema.RunInShellAsync(redirected, "verify", "--output", "json")).ExitCode, Is.EqualTo(3));
        Assert.That((await Orgschema.RunInShellAsync(redirected, "no-such-command")).ExitCode, Is.EqualTo(2));
    }

    [Test]
    public async Task Is_an_error_where_it_is_what_was_asked_for()
    {
        await Orgschema.RunAsync(0, "migrate");
        await Orgschema.RunAsync(0, "migrate", "down", "--all", "--yes");
        await Database.ExecuteAsync("""
            INSERT INTO orgschema.archive_organizations (archived_by, archived_way, root, kind, data)
            SELECT 1, 'down', 'public.other', 'row', '{"name": "an organization"}' FROM generate_series(1, 10000)
            """);

        var result = await Orgschema.RunInShellAsync(">/dev/full", "archive", "export", "organizations");

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.StartWith("error: Not everything could be written: ").And.Contain("No space left on device"));
    }

    [Test]
    public async Task Holds_nobody_up_while_a_pipe_is_full()
    {
        // Nobody reads until the run is over, and the pipe is full before it begins.
        const string Full = "| { until [ -e read ]; do sleep 0.1; done; cat >/dev/null; }";
        var running = Orgschema.StartInShell(Full, "head -c 1000000 /dev/zero 2>/dev/null &", "migrate");

        await running.UntilErrorAsync("its standard output is full and nobody reads it");
        await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, "read"), "");

        Assert.That(await Database.ScalarAsync<long>("SELECT count(*) FROM orgschema.schema_version"), Is.EqualTo(11));
        Assert.That((await running.Result).ExitCode, Is.Zero);
    }
}
