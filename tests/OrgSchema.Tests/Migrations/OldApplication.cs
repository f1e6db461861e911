using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[TestFixture(GrantRegime.Automatic)]
[TestFixture(GrantRegime.Explicit)]
public sealed class OldApplication(GrantRegime regime)
{
    [Test]
    public async Task Works_after_every_step_up_and_every_step_down()
    {
        await using var database = await LiveDatabase.CreateAsync(regime);
        await Probe.AssertAllSucceed(database, "at the baseline");
        foreach (var migration in Migrating.BeforeContract)
        {
            await database.ApplyAsync(migration);
            await Probe.AssertAllSucceed(database, $"after {migration.Name}");
        }

        foreach (var migration in Migrating.BeforeContract.Reverse())
        {
            await database.RevertAsync();
            await Probe.AssertAllSucceed(database, $"after {migration.Name} was reverted");
        }
    }

    [Test]
    public void Is_probed_in_every_way_that_is_known() =>
        Assert.That(Probe.All.Select(probe => probe.Name), Is.EqualTo(new[]
        {
            "access-and-invites", "doctors-and-activities", "dsos-change", "dsos-create", "dsos-delete", "dsos-read", "dsos-under-policies", "dsos-upsert", "sign-in",
        }));
}
