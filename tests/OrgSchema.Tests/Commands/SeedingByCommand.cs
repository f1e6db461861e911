using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class SeedingByCommand
{
    private const string Demo = "00000000-0000-0000-0000-000000000001";

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
    public async Task Plants_what_is_missing_once()
    {
        await _database.MigrateAsync();

        Assert.That((await _program.RunAsync(0, "seed", "--output", "json")).Json.GetProperty("rowsPlanted").GetInt32(), Is.EqualTo(10));
        var planted = await _database.FingerprintAsync();
        Assert.That((await _program.RunAsync(0, "seed")).Output, Does.Contain("The demo organization is there already."));
        (await _database.FingerprintAsync()).AssertSameAs(planted);

        Assert.That(
            await _database.ColumnAsync<string>($"SELECT o.id || ' ' || o.slug || ' ' || m.role FROM organizations o JOIN org_members m ON m.org_id = o.id WHERE m.user_id = '{Demo}'"),
            Is.EqualTo(new[] { "00000000-0000-0000-0000-000000000100 demo-org owner" }));
        Assert.That(
            await _database.ScalarAsync<long>($"SELECT count(*) FROM dsos d JOIN user_dso_access a ON a.dso_id = d.id WHERE a.user_id = '{Demo}' AND a.role = 'admin' AND d.org_id = '00000000-0000-0000-0000-000000000100'"),
            Is.EqualTo(3));
        Assert.That(await _database.ScalarAsync<string>($"SELECT name FROM user_profiles WHERE id = '{Demo}'"), Is.EqualTo("Demo User"));
        await _program.RunAsync(0, "verify");
    }

    [Test]
    public async Task Before_the_migrations_says_what_to_run_first()
    {
        var refused = await _program.RunAsync(2, "seed");

        Assert.That(refused.Error, Does.Contain("The organizations are not there yet: nothing was planted.").And.Contain("Run 'migrate' first."));
    }

    [TestCase("db.example.invalid")]
    [TestCase("127.example.invalid")]
    [TestCase("192.0.2.1")]
    public async Task Of_a_database_elsewhere_is_refused_before_it_is_asked(string host)
    {
        _program.Target($"postgres://postgres:b4n4n4-secret@{host}:5432/postgres");

        var refused = await _program.RunAsync(2, "seed");

        Assert.That(refused.Error, Does.Contain($"postgres at {host}:5432 is not a local database"));
    }
}
