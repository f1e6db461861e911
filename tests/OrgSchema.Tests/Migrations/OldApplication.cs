using Npgsql;
using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[TestFixture(GrantRegime.Automatic)]
[TestFixture(GrantRegime.Explicit)]
public sealed class OldApplication(GrantRegime regime)
{
    private static readonly IReadOnlyList<Probe> Probes = Probe.EmbeddedIn(typeof(CreateOrganizations).Assembly);

    [Test]
    public async Task Works_after_every_step_up_and_every_step_down()
    {
        await using var database = await LiveDatabase.CreateAsync(regime);
        var before = await TakeAsync(database);
        Assert.That(before.Failing, Is.Empty);
        foreach (var migration in Migrating.BeforeContract)
        {
            await database.ApplyAsync(migration);
            Assert.That(await CompareAsync(database, before), Is.Empty, $"after {migration.Name}");
        }

        foreach (var migration in Migrating.BeforeContract.Reverse())
        {
            await database.RevertAsync();
            Assert.That(await CompareAsync(database, before), Is.Empty, $"after {migration.Name} was reverted");
        }
    }

    [Test]
    public async Task Cannot_create_a_DSO_once_the_bridge_is_closed()
    {
        await using var database = await LiveDatabase.CreateAsync(regime);
        var before = await TakeAsync(database);
        await database.MigrateAsync();
        await database.ContractAsync();

        var failures = await CompareAsync(database, before);
        Assert.That(failures.Select(failure => failure.Probe).Distinct(), Is.EqualTo(new[] { "dsos-create", "dsos-upsert" }));
        Assert.That(failures.Select(failure => failure.What), Has.All.Contains(PostgresErrorCodes.NotNullViolation));
    }

    [Test]
    public void Is_probed_in_every_way_that_is_known() =>
        Assert.That(Probes.Select(probe => probe.Name), Is.EqualTo(new[]
        {
            "access-and-invites", "doctors-and-activities", "dsos-change", "dsos-create", "dsos-delete", "dsos-read", "dsos-under-policies", "dsos-upsert", "sign-in",
        }));

    private static async Task<ProbeBaseline> TakeAsync(TestDatabase database)
    {
        await using var connection = await OpenAsync(database);
        return await ProbeBaseline.TakeAsync(connection, Probes, default);
    }

    private static async Task<IReadOnlyList<ProbeFailure>> CompareAsync(TestDatabase database, ProbeBaseline before)
    {
        await using var connection = await OpenAsync(database);
        return await before.CompareAsync(connection, default);
    }

    // As a superuser who becomes the roles: authenticator may not become the auth server's.
    private static async Task<NpgsqlConnection> OpenAsync(TestDatabase database)
    {
        var connection = new NpgsqlConnection(database.SuperuserConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
