using NUnit.Framework;

namespace OrgSchema.Tests;

public sealed class AskingByCommand : CommandTest
{
    [Test]
    public async Task Status_tells_by_its_exit_code_whether_something_is_pending()
    {
        await Orgschema.RunAsync(3, "status", "--exit-code");
        await Orgschema.RunAsync(0, "status");
        await Database.MigrateAsync();
        await Orgschema.RunAsync(0, "status", "--exit-code"); // contract waits for its own command
    }

    [Test]
    public async Task Verify_shows_what_roles_can_do_when_it_is_asked()
    {
        await Database.MigrateAsync();

        var verified = (await Orgschema.RunAsync(0, "verify", "--roles")).Output;
        Assert.That(verified, Does.Contain("rights    public.organizations, service_role: ").And.Contain("rights    public.dsos, authenticated: ").And.Not.Contain("public.organizations, anon"));
        var lines = (await Orgschema.RunAsync(0, "verify", "--roles", "--output", "json")).Json.GetProperty("surface").EnumerateArray();
        Assert.That(lines.Select(line => $"{line.GetProperty("kind")} {line.GetProperty("subject")} {line.GetProperty("role")}"), Has.Member("Table public.org_members service_role").And.Member("RowSecurity public.dsos "));
    }

    [Test]
    public async Task Preflight_refuses_with_every_obstacle()
    {
        Assert.That((await Orgschema.RunAsync(0, "preflight")).Output, Does.Contain("Nothing is in the way."));

        await Database.ExecuteAsync($"DELETE FROM auth.users WHERE id = '{People.Owner}'; CREATE TABLE organizations (id int)");
        var refused = await Orgschema.RunAsync(6, "preflight");
        Assert.That(refused.Output, Does.Contain("[users-missing]").And.Contain("organizations"));
        await Orgschema.RunAsync(6, "preflight", "--missing-users", "skip");
    }

    [TestCase("GRANT SELECT ON org_members TO anon")]
    [TestCase("DROP INDEX idx_dsos_org_id")]
    [TestCase("ALTER TABLE dsos ALTER COLUMN org_id DROP NOT NULL")]
    [TestCase($"DELETE FROM org_members WHERE user_id = '{People.Admin}'")]
    public async Task Verify_sees_a_change_by_hand(string change)
    {
        await Database.MigrateAsync();
        Assert.That((await Orgschema.RunAsync(0, "verify")).Output, Does.Contain("Structure, data and privileges are as they should be."));

        await Database.ExecuteAsync(change);

        await Orgschema.RunAsync(3, "verify");
    }

    [Test]
    public async Task Plan_is_SQL_that_runs()
    {
        var planned = await Orgschema.RunAsync(0, "plan");

        Assert.That(planned.Output, Does.Contain("-- 20260226000000 CreateOrganizations: expand, one transaction").And.Contain("CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_dsos_org_id ON public.dsos (org_id);"));
        Assert.That(planned.Output, Does.Contain("20260226001100 CloseOrgIdBridge: contract"));
    }

    [Test]
    public async Task Plan_of_the_way_back_says_who_waits_and_what_the_archive_takes()
    {
        await Database.MigrateAsync();

        var planned = await Orgschema.RunAsync(0, "plan", "--down", "20260226000400");
        Assert.That(planned.Output, Does.Contain("-- 20260226000500 AddOrgIdToDsos: expand, each statement commits on its own").And.Contain("-- Who waits: everybody on public.dsos, public.organizations, until the statement ends."));
        Assert.That(planned.Output, Does.Not.Contain("BackfillUserProfiles"));
        Assert.That((await Orgschema.RunAsync(0, "plan", "--down", "0")).Output, Does.Contain("archive_and_drop_table('public.organizations'").And.Contain("-- locks auth.users, ACCESS EXCLUSIVE: everybody waits"));
        await Orgschema.RunAsync(2, "plan", "--down", "7");
    }

    [Test]
    public async Task Plan_is_a_page_for_a_ticket_too()
    {
        var page = (await Orgschema.RunAsync(0, "plan", "--format", "markdown")).Output;

        Assert.That(page, Does.StartWith("# Plan: up").And.Contain("| 20260226000000 CreateOrganizations | expand | one transaction | Who waits: writers of auth.users, until the transaction ends. |"));
        Assert.That(page, Does.Contain("- locks public.dsos, SHARE UPDATE EXCLUSIVE: nobody waits").And.Contain("```sql\nCREATE INDEX CONCURRENTLY IF NOT EXISTS idx_dsos_org_id ON public.dsos (org_id);\n```"));
        Assert.That(page, Does.Contain("; fires update_dsos_updated_at").And.Contain("update_dsos_updated_at does not fire"));
    }

    [Test]
    public async Task Plan_is_empty_when_nothing_is_pending()
    {
        await Database.MigrateAsync();
        await Database.ContractAsync();

        Assert.That((await Orgschema.RunAsync(0, "plan")).Output, Does.Contain("-- Nothing is pending."));
    }
}
