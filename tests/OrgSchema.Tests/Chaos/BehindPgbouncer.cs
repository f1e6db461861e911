using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[Category(ChaosForm.Category)]
public sealed class BehindPgbouncer
{
    private LiveDatabase _database = null!;
    private ProgramUnderTest _program = null!;

    [SetUp]
    public async Task Create()
    {
        _database = await LiveDatabase.CreateAsync();
        _program = new ProgramUnderTest();
    }

    [TearDown]
    public async Task Drop()
    {
        _program.Dispose();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task In_session_mode_everything_works()
    {
        await using var pooler = await Pgbouncer.StartAsync(_database, "session");
        _program.Target(pooler.Url);

        foreach (var journey in Enum.GetValues<Journey>())
            await _program.RunAsync(0, journey.Arguments());
        await _program.RunAsync(0, "status");
    }

    [TestCase("migrate")]
    [TestCase("migrate", "down")]
    public async Task In_transaction_mode_a_run_is_refused_and_the_fix_is_named(params string[] command)
    {
        await using var pooler = await Pgbouncer.StartAsync(_database, "transaction");
        _program.Target(pooler.Url);

        var result = await _program.RunAsync(2, [.. command, "--output", "json"]);

        Assert.That(result.Json.GetProperty("error").GetString(), Does.Contain("connection pooler in transaction mode"));
        Assert.That(result.Json.GetProperty("next").GetString(), Does.Contain("session mode").And.Contain("5432"));
        Assert.That(result.Json.GetProperty("changed").GetString(), Is.EqualTo("Nothing was changed."));
        Assert.That(await _database.ScalarAsync<bool>("SELECT to_regnamespace('orgschema') IS NULL"));
    }
}
