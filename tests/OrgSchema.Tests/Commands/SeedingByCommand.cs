using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class SeedingByCommand : CommandTest
{
    private const string Demo = "00000000-0000-0000-0000-000000000001";

    [Test]
    public async Task Plants_what_is_missing_once()
    {
        await Database.MigrateAsync();

        Assert.That((await Orgschema.RunAsync(0, "seed", "--output", "json")).Json.GetProperty("rowsPlanted").GetInt32(), Is.EqualTo(10));
        var planted = await Database.FingerprintAsync();
        Assert.That((await Orgschema.RunAsync(0, "seed")).Output, Does.Contain("The demo organization already exists."));
        (await Database.FingerprintAsync()).AssertSameAs(planted);

        Assert.That(
            await Database.ColumnAsync<string>($"SELECT o.id || ' ' || o.slug || ' ' || m.role FROM organizations o JOIN org_members m ON m.org_id = o.id WHERE m.user_id = '{Demo}'"),
            Is.EqualTo(new[] { "00000000-0000-0000-0000-000000000100 demo-org owner" }));
        Assert.That(
            await Database.ScalarAsync<long>($"SELECT count(*) FROM dsos d JOIN user_dso_access a ON a.dso_id = d.id WHERE a.user_id = '{Demo}' AND a.role = 'admin' AND d.org_id = '00000000-0000-0000-0000-000000000100'"),
            Is.EqualTo(3));
        Assert.That(await Database.ScalarAsync<string>($"SELECT name FROM user_profiles WHERE id = '{Demo}'"), Is.EqualTo("Demo User"));
        await Orgschema.RunAsync(0, "verify");
    }

    [Test]
    public async Task Before_the_migrations_says_what_to_run_first()
    {
        var refused = await Orgschema.RunAsync(2, "seed");

        Assert.That(refused.Error, Does.Contain("The organizations do not exist yet. Nothing was inserted.").And.Contain("Run 'migrate' first."));
    }

    [TestCase("db.example.invalid")]
    [TestCase("127.example.invalid")]
    [TestCase("192.0.2.1")]
    public async Task Of_aDatabase_elsewhere_is_refused_before_it_is_asked(string host)
    {
        Orgschema.Target($"postgres://postgres:b4n4n4-secret@{host}:5432/postgres");

        var refused = await Orgschema.RunAsync(2, "seed");

        Assert.That(refused.Error, Does.Contain($"postgres at {host}:5432 is not a local database"));
    }
}
