using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Several databases by one command: <c>first</c>, <c>second</c> and <c>third</c>.</summary>
public sealed class MigratingAFleet : CommandTest
{
    private static readonly string[] Names = ["first", "second", "third"];

    private LiveDatabase[] _databases = [];

    [SetUp]
    public async Task List()
    {
        _databases = [Database, await LiveDatabase.CreateAsync(), await LiveDatabase.CreateAsync()];
        await WriteAsync("# the fleet", $"first = {_databases[0].Url}", "", $"second={_databases[1].Url}", $"third = {_databases[2].ConnectionString}");
    }

    [TearDown]
    public async Task DropOthers()
    {
        foreach (var database in _databases.Skip(1))
            await database.DisposeAsync();
    }

    [Test]
    public async Task Begins_with_the_canary_tells_all_in_one_table_and_passes_over_what_is_done()
    {
        await _databases[2].MigrateAsync();

        var run = await Orgschema.RunAsync(0, "migrate", "--targets", "fleet.txt", "--canary", "second");

        Assert.That(run.Output, Does.StartWith("3 databases: second first, then the others, 2 at once.\nsecond  starts, as the canary\n"));
        Assert.That(run.Output, Does.Contain("first   applied   20260226000000  CreateOrganizations").And.Contain("third   done in").And.Contain("\n3 done.\n"));
        Assert.That(run.Output, Does.Match(@"first +done +11 ").And.Match(@"second +done +11 ").And.Match(@"third +done +0 "));
        Assert.That(await _databases[1].ScalarAsync<long>("SELECT count(*) FROM orgschema.run_log WHERE outcome = 'done'"), Is.EqualTo(11));

        var status = await Orgschema.RunAsync(0, "status", "--exit-code", "--database-url", _databases[0].Url, "--database-url", _databases[1].Url);
        Assert.That(status.Output, Does.Match(@$"{_databases[0].Name} +20260226001000 RevokeErroneousAccess +11 +1 "));
    }

    [Test]
    public async Task Looks_at_all_before_it_changes_any_and_keeps_going_when_told()
    {
        await _databases[1].ExecuteAsync($"DELETE FROM auth.users WHERE id = '{People.Admin}'");

        var refused = await Orgschema.RunAsync(6, "migrate", "--targets", "fleet.txt");
        Assert.That(refused.Output, Does.Match("first +not started").And.Match("second +refused").And.Contain("1 refused, 2 not started."));
        Assert.That(refused.Error, Does.Contain($"error: second: Not started: 1 obstacle found.").And.Contain(People.Admin).And.Contain("No database was changed"));
        Assert.That(await _databases[0].ScalarAsync<bool>("SELECT to_regnamespace('orgschema') IS NULL"));

        var rest = (await Orgschema.RunAsync(6, "migrate", "--targets", "fleet.txt", "--keep-going", "--output", "json")).Json;
        var targets = rest.GetProperty("targets").EnumerateArray().ToList();
        Assert.That(targets.Select(target => target.GetProperty("name").GetString()), Is.EqualTo(Names));
        Assert.That(targets.Select(target => target.GetProperty("outcome").GetString()), Is.EqualTo(new[] { "Done", "Refused", "Done" }));
        Assert.That(targets.Select(target => target.GetProperty("done").GetArrayLength()), Is.EqualTo(new[] { 11, 0, 11 }));
        Assert.That(targets[1].GetProperty("error").GetProperty("findings").GetArrayLength(), Is.Positive);

        await Orgschema.RunAsync(6, "migrate", "--targets", "fleet.txt", "--keep-going", "--canary", "second");
        await Orgschema.RunAsync(0, "migrate", "--targets", "fleet.txt", "--missing-users", "skip");
        Assert.That((await Orgschema.RunAsync(0, "migrate", "down", "--targets", "fleet.txt", "--all")).Output, Does.Contain("second  Will be archived").And.Match(@"third +done +11 "));
    }

    [Test]
    public async Task Ends_in_order_when_it_is_interrupted()
    {
        await using (await _databases[0].WithLockedTable("public.dsos"))
        {
            var run = Orgschema.Start("migrate", "--targets", "fleet.txt", "--output", "json");
            await run.UntilErrorAsync("locksAwaited");
            await run.InterruptAsync();
            var result = await run.Result;

            Assert.That(result.ExitCode, Is.EqualTo(130), result.ToString());
            Assert.That(result.Json.GetProperty("targets").EnumerateArray().Select(target => target.GetProperty("outcome").GetString()), Is.EqualTo(new[] { "Interrupted", "NotStarted", "NotStarted" }));
            Assert.That(result.Json.GetProperty("targets")[0].GetProperty("done").GetArrayLength(), Is.EqualTo(5));
            Assert.That(result.Error, Does.Contain("""{"event":"targetStarted","target":"first"}"""));
        }

        Assert.That((await Orgschema.RunAsync(0, "migrate", "--targets", "fleet.txt")).Output, Does.Match(@"first +done +6 ").And.Match(@"second +done +11 "));
    }

    [Test]
    public async Task Remembers_each_database_under_its_name()
    {
        await File.WriteAllTextAsync(Path.Combine(Orgschema.Folder, "orgschema.json"), "{}");
        await Orgschema.RunAsync(0, "migrate", "--targets", "fleet.txt", "--to", "20260226000000");
        await WriteAsync($"second = {_databases[0].Url}", $"first = {_databases[1].Url}", $"new = {_databases[2].Url}");

        var refused = await Orgschema.RunAsync(2, "migrate", "--targets", "fleet.txt");

        Assert.That(refused.Error, Does.Contain($"you have last migrated {_databases[1].Name} at").And.Contain(" as second.").And.Contain(" as first.").And.Not.Contain(" as new.").And.Contain("--accept-target"));
        await Orgschema.RunAsync(0, "migrate", "--targets", "fleet.txt", "--to", "20260226000000", "--accept-target");
    }

    private async Task WriteAsync(params string[] lines)
    {
        foreach (var database in _databases)
            Orgschema.KeepSecret(database.Url);
        await File.WriteAllLinesAsync(Path.Combine(Orgschema.Folder, "fleet.txt"), lines);
    }
}
