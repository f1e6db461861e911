using NUnit.Framework;

namespace OrgSchema.Tests;

public sealed class WayBack : CommandTest
{
    private const string Everything = "Will be archived, and restored by the next migrate: 5 values of public.dsos.org_id, 7 rows of public.user_profiles, 2 rows of public.org_members, 1 row of public.organizations.";

    [Test]
    public async Task Shows_what_goes_and_keeps_it_to_be_read()
    {
        await Orgschema.RunAsync(0, "migrate");

        var down = await Orgschema.RunAsync(0, "migrate", "down", "--all");

        Assert.That(down.Output, Does.Contain(Everything));
        Assert.That((await Orgschema.RunAsync(0, "status")).Output, Does.Contain("5 rows in archive_dsos:org_id, since 20").And.Contain("1 row in archive_organizations, since 20"));
        Assert.That((await Orgschema.RunAsync(0, "archive", "list")).Output, Does.Contain("2 rows in archive_org_members, since 20"));
        Assert.That((await Orgschema.RunAsync(0, "archive", "show", "archive_organizations")).Output, Does.Contain("all-solutions-consulting").And.Contain(People.Owner));
        var members = (await Orgschema.RunAsync(0, "archive", "export", "org_members")).Output;
        Assert.That(members.Split('\n'), Has.Length.EqualTo(4), "a header, two members, and the end of the last line");
        Assert.That(members, Does.Contain($"{People.Admin},admin"));
        var exported = (await Orgschema.RunAsync(0, "archive", "export", "user_profiles", "--format", "json")).Json;
        Assert.That(exported.GetArrayLength(), Is.EqualTo(7));
        Assert.That(exported.EnumerateArray().Select(row => row.GetProperty("id").GetString()), Has.Member(People.Owner));
        Assert.That((await Orgschema.RunAsync(0, "archive", "export", "user_profiles", "--output", "json")).Json.GetArrayLength(), Is.EqualTo(7));
        Assert.That((await Orgschema.RunAsync(2, "archive", "export", "user_profiles", "--format", "csv", "--output", "json")).Json.GetProperty("error").GetString(), Does.Contain("no CSV"));
        Assert.That((await Orgschema.RunAsync(0, "archive", "export", "user_profiles", "--file", "profiles.json", "--output", "json")).Json.GetProperty("file").GetString(), Does.EndWith("profiles.json"));
        await Orgschema.RunAsync(0, "archive", "export", "user_profiles", "--file", "profiles.csv");
        Assert.That(await File.ReadAllLinesAsync(Path.Combine(Orgschema.Folder, "profiles.csv")), Has.Length.EqualTo(8));
        Assert.That((await Orgschema.RunAsync(2, "archive", "export", "user_profiles", "--file", "missing/profiles.csv")).Error, Does.Contain("missing/profiles.csv' cannot be written"));
        Assert.That((await Orgschema.RunAsync(2, "archive", "show", "nothing")).Error, Does.Contain("There is no archive 'nothing'.").And.Contain("archive_dsos:org_id"));
    }

    [Test]
    public async Task Brings_back_what_it_said_and_then_keeps_nothing_but_revoked_access()
    {
        await Orgschema.RunAsync(0, "migrate");
        await Orgschema.RunAsync(0, "migrate", "down", "--all");

        var up = await Orgschema.RunAsync(0, "migrate");

        Assert.That(up.Output, Does.Contain("1 row of public.organizations came back from the archive"));
        Assert.That((await Orgschema.RunAsync(0, "archive", "list")).Output, Does.StartWith("5 rows in archive_user_dso_access, since 20"));
    }

    [Test]
    public async Task Is_asked_for_on_a_terminal()
    {
        await Orgschema.RunAsync(0, "migrate");

        var no = await Orgschema.RunOnTerminalAsync("n\n", "migrate", "down", "--all");

        Assert.That((no.ExitCode, no.Output), Is.EqualTo((130, no.Output)));
        Assert.That(string.Join(' ', no.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), Does.Contain(Everything).And.Contain("Go on?").And.Contain("Nothing was changed."));
        await Orgschema.RunAsync(0, "status", "--exit-code"); // nothing was reverted
        var yes = await Orgschema.RunOnTerminalAsync("y\n", "migrate", "down", "--all");
        Assert.That((yes.ExitCode, yes.Output), Is.EqualTo((0, yes.Output)));
        Assert.That(await Database.ScalarAsync<bool>("SELECT to_regclass('public.organizations') IS NULL"));
    }

    [Test]
    public async Task Says_so_when_nothing_goes()
    {
        await Orgschema.RunAsync(0, "migrate");

        Assert.That((await Orgschema.RunAsync(0, "migrate", "down")).Output, Does.Contain("No rows will be removed."));
    }

    [Test]
    public async Task Purges_only_when_that_is_confirmed_and_then_leaves_no_private_schema()
    {
        await Orgschema.RunAsync(0, "migrate");
        Assert.That((await Orgschema.RunAsync(2, "migrate", "down", "--purge")).Error, Does.Contain("--purge needs --all"));
        Assert.That((await Orgschema.RunAsync(2, "migrate", "down", "--all", "--purge")).Error, Does.Contain("--yes"));
        await Orgschema.RunAsync(0, "status", "--exit-code"); // nothing was reverted

        var purged = await Orgschema.RunAsync(0, "migrate", "down", "--all", "--purge", "--yes");

        Assert.That(purged.Output, Does.Contain("Will be deleted permanently, with the archive and the history: 5 values of public.dsos.org_id"));
        Assert.That(await Database.ScalarAsync<bool>("SELECT to_regnamespace('orgschema') IS NULL"));
        await Orgschema.RunAsync(0, "migrate", "down", "--all", "--purge", "--yes");
        await Orgschema.RunAsync(0, "migrate");
    }

    [Test]
    public async Task Is_in_the_log_with_all_the_rest()
    {
        Assert.That((await Orgschema.RunAsync(0, "log")).Output, Does.Contain("Nothing was run yet."));
        await Orgschema.RunAsync(0, "migrate");
        await Orgschema.RunAsync(0, "migrate", "contract", "--force", "because");
        await Orgschema.RunAsync(0, "migrate", "down", "--steps", "2");

        var runs = (await Orgschema.RunAsync(0, "log", "--last", "3", "--output", "json")).Json.GetProperty("runs").EnumerateArray().ToList();

        Assert.That(runs.Select(run => $"{run.GetProperty("direction")} {run.GetProperty("name")} {run.GetProperty("outcome")}"), Is.EqualTo(new[]
        {
            "Down RevokeErroneousAccess done", "Down CloseOrgIdBridge done", "Up CloseOrgIdBridge done",
        }));
        Assert.That(runs[2].GetProperty("reason").GetString(), Is.EqualTo("because"));
        Assert.That(runs[0].GetProperty("role").GetString(), Is.EqualTo("postgres"));
        Assert.That(runs[0].GetProperty("operator").GetString(), Is.EqualTo($"{Environment.UserName}@{Environment.MachineName}"));
        Assert.That(runs[0].GetProperty("program").GetString(), Does.StartWith("orgschema migrate down "));
        Assert.That((await Orgschema.RunAsync(0, "log")).Output, Does.Contain("up   20260226001100 CloseOrgIdBridge").And.Contain("done, forced: because"));
    }
}
