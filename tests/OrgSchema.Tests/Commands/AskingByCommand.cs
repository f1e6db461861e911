using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class AskingByCommand
{
    private LiveDatabase _database = null!;
    private ProgramUnderTest _program = null!;

    [SetUp]
    public async Task Create()
    {
        _database = await LiveDatabase.CreateAsync();
        _program = new ProgramUnderTest(_database);
    }

    [TearDown]
    public async Task Drop()
    {
        _program?.Dispose();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Status_tells_by_its_exit_code_whether_something_is_pending()
    {
        await _program.RunAsync(3, "status", "--exit-code");
        await _program.RunAsync(0, "status");
        await _database.MigrateAsync();
        await _program.RunAsync(0, "status", "--exit-code"); // contract waits for its own command
    }

    [Test]
    public async Task Preflight_refuses_with_every_obstacle()
    {
        Assert.That((await _program.RunAsync(0, "preflight")).Output, Does.Contain("Nothing is in the way."));

        await _database.ExecuteAsync($"DELETE FROM auth.users WHERE id = '{People.Owner}'; CREATE TABLE organizations (id int)");
        var refused = await _program.RunAsync(6, "preflight");
        Assert.That(refused.Output, Does.Contain("[users-missing]").And.Contain("organizations"));
        await _program.RunAsync(6, "preflight", "--missing-users", "skip");
    }

    [TestCase("GRANT SELECT ON org_members TO anon")]
    [TestCase("DROP INDEX idx_dsos_org_id")]
    [TestCase("ALTER TABLE dsos ALTER COLUMN org_id DROP NOT NULL")]
    [TestCase($"DELETE FROM org_members WHERE user_id = '{People.Admin}'")]
    public async Task Verify_sees_a_change_by_hand(string change)
    {
        await _database.MigrateAsync();
        Assert.That((await _program.RunAsync(0, "verify")).Output, Does.Contain("Structure, data and privileges are as they should be."));

        await _database.ExecuteAsync(change);

        await _program.RunAsync(3, "verify");
    }

    [Test]
    public async Task Plan_is_SQL_that_runs()
    {
        var planned = await _program.RunAsync(0, "plan");

        Assert.That(planned.Output, Does.Contain("-- 20260226000000 CreateOrganizations: expand, one transaction").And.Contain("CREATE INDEX CONCURRENTLY idx_dsos_org_id ON public.dsos (org_id);"));
        Assert.That(planned.Output, Does.Contain("20260226001100 CloseOrgIdBridge: contract"));
    }

    [Test]
    public async Task Plan_is_empty_when_nothing_is_pending()
    {
        await _database.MigrateAsync();
        await _database.ContractAsync();

        Assert.That((await _program.RunAsync(0, "plan")).Output, Does.Contain("-- Nothing is pending."));
    }
}
