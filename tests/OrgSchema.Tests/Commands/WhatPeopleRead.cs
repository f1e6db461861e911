using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class WhatPeopleRead : CommandTest
{
    [Test]
    public async Task As_a_plan()
    {
        var major = await MajorAsync();
        var plan = (await Orgschema.RunAsync(0, "plan")).Output;
        Snapshot.AssertMatches(major >= 18 ? "plan-18" : "plan", plan.Replace($", PostgreSQL {major}", ", PostgreSQL (major)", StringComparison.Ordinal));
    }

    [Test]
    public async Task As_a_run_and_its_status()
    {
        var fresh = await Orgschema.RunAsync(0, "status");
        await Orgschema.RunAsync(0, "migrate", "--to", "20260226000700");
        var run = await Orgschema.RunAsync(0, "migrate");
        var after = await Orgschema.RunAsync(0, "status");

        Snapshot.AssertMatches("status", $"{fresh.Output}\n{after.Output}");
        Snapshot.AssertMatches("migrate", run.Output);
    }

    [Test]
    public async Task As_the_report_of_preflight()
    {
        await Database.ExecuteAsync($"""
            DELETE FROM auth.users WHERE id IN ('{People.Owner}', '{People.Admin}');
            CREATE TABLE user_profiles (id uuid);
            ALTER TABLE dsos ADD COLUMN org_id text;
            """);

        Snapshot.AssertMatches("preflight", (await Orgschema.RunAsync(6, "preflight")).Output);
    }

    [Test]
    public async Task As_an_error()
    {
        var stranger = await Database.WithLockedTable("auth.users", "ROW EXCLUSIVE");
        var locks = await Orgschema.RunAsync(5, "migrate", "--lock-budget", "300ms", "--no-query-text");
        await stranger.DisposeAsync();
        var usage = await Orgschema.RunAsync(2, "migrate", "down", "--all", "--steps", "2");
        await Database.ExecuteAsync($"DELETE FROM auth.users WHERE id = '{People.Admin}'");
        var refused = await Orgschema.RunAsync(6, "migrate");

        Snapshot.AssertMatches("errors", $"{locks.Error}\n{usage.Error}\n{refused.Error}");
    }

    private async Task<int> MajorAsync() => await Database.ScalarAsync<int>("SELECT current_setting('server_version_num')::int / 10000");
}
