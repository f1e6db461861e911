using Npgsql;
using NUnit.Framework;
using OrgSchema.Online;
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
    [TestCase("migrate", "--dry-run")]
    [TestCase("plan")]
    [TestCase("status")]
    [TestCase("preflight")]
    [TestCase("verify")]
    [TestCase("backfill", "pause")]
    public async Task In_transaction_mode_all_is_refused_the_fix_is_named_and_no_setting_stays_with_the_application(params string[] command)
    {
        await using var pooler = await Pgbouncer.StartAsync(_database, "transaction");
        _program.Target(pooler.Url);
        var settings = await SettingsAsync(_database.ConnectionString);

        var result = await _program.RunAsync(2, [.. command, "--output", "json"]);

        Assert.That(result.Json.GetProperty("error").GetString(), Does.Contain("connection pooler in transaction mode"));
        Assert.That(result.Json.GetProperty("next").GetString(), Does.Contain("session mode").And.Contain("5432"));
        Assert.That(result.Json.GetProperty("changed").GetString(), Is.EqualTo("Nothing was changed."));
        Assert.That(await _database.ScalarAsync<bool>("SELECT to_regnamespace('orgschema') IS NULL"));
        Assert.That(await SettingsAsync(DatabaseUrl.Parse(pooler.Url).ConnectionString, Pgbouncer.PoolSize), Is.All.EqualTo(settings.Single()));
    }

    // Each in a transaction that stays open until all have answered: so no backend of a pool is left out.
    private static async Task<IReadOnlyList<string?>> SettingsAsync(string connectionString, int applications = 1)
    {
        var source = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = "application" }.ConnectionString;
        await using var application = new NpgsqlConnection(source);
        await application.OpenAsync();
        await application.ExecuteAsync("BEGIN");
        var settings = await application.ScalarAsync<string>("""
            SELECT string_agg(name || ' = ' || setting, ', ' ORDER BY name) FROM pg_settings
            WHERE name IN ('default_transaction_read_only', 'row_security', 'lock_timeout', 'statement_timeout', 'search_path', 'jit', 'default_transaction_isolation', 'idle_in_transaction_session_timeout')
            """);
        return [settings, .. applications > 1 ? await SettingsAsync(connectionString, applications - 1) : []];
    }
}
