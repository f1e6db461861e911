using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>One local PostgreSQL for all of them.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
[Parallelizable(ParallelScope.Self)]
public sealed class LintingByCommand
{
    private readonly ProgramUnderTest _program = new();
    private string? _folder;
    private string _url = "";

    [OneTimeSetUp]
    public async Task Start()
    {
        await TestServer.GetAsync(); // without a PostgreSQL these are ignored too
        _program.Environment["ORGSCHEMA_PG_BIN"] = (await PostgresBinaries.FindAsync()).Folder;
        var started = await _program.RunAsync(0, "db", "start");
        _folder = started.Output.Split("Its data is in ")[1].TrimEnd('.', '\n');
        _url = (await _program.RunAsync(0, "db", "url")).Output.Trim();
        _program.KeepSecret(_url);
        await File.WriteAllTextAsync(Path.Combine(_program.Folder, "seed.sql"), SeedFile.Text);
    }

    [OneTimeTearDown]
    public async Task Delete()
    {
        await _program.RunAsync("db", "stop");
        if (_folder is not null && Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true); // root's is not in its home
        _program.Dispose();
    }

    [TearDown]
    public async Task Nothing_is_left() => Assert.That(await DatabasesAsync(), Is.Empty);

    [Test]
    public async Task Finds_what_the_seed_would_do_to_an_application_in_use()
    {
        var json = (await _program.RunAsync(3, "lint", "seed.sql", "--output", "json")).Json;

        var ids = json.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("id").GetString()).Distinct().Order();
        Assert.That(ids, Is.EqualTo(new[]
        {
            "backfill-fires-triggers", "ddl-and-data-in-one-transaction", "grants-not-decided", "index-blocks-writes", "lock-held-over-scan", "missing-lock-timeout",
            "redundant-index", "required-column-breaks-inserts", "set-null-on-required-column", "table-open-to-api", "whole-table-update",
        }));
        Assert.That(json.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("line").GetInt32()), Has.All.Positive);

        Snapshot.AssertMatches("lint-seed", (await _program.RunAsync(3, "lint", "seed.sql")).Output);
    }

    [Test]
    public async Task Finds_nothing_in_the_migrations_that_is_not_explained() =>
        Snapshot.AssertMatches("lint", (await _program.RunAsync(0, "lint")).Output);

    [Test]
    public async Task Leaves_no_database_behind_when_it_is_interrupted()
    {
        await File.WriteAllTextAsync(Path.Combine(_program.Folder, "long.sql"), "SELECT pg_sleep(600);");
        var running = _program.Start("lint", "long.sql");
        await using var connection = await Stranger.ConnectAsync(ConnectionString());
        await connection.UntilAsync("SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND datname LIKE 'lint%')");

        await running.InterruptAsync();

        Assert.That((await running.Result).ExitCode, Is.EqualTo(130));
    }

    [Test]
    public async Task Refuses_what_it_cannot_read()
    {
        Assert.That((await _program.RunAsync(2, "lint", "nothing.sql")).Error, Does.Contain("nothing.sql cannot be read"));
    }

    private string ConnectionString() => OrgSchema.Online.DatabaseUrl.Parse(_url).ConnectionString;

    private async Task<IReadOnlyList<string>> DatabasesAsync()
    {
        await using var connection = await Stranger.ConnectAsync(ConnectionString());
        return await connection.Connection.ColumnAsync<string>("SELECT datname::text FROM pg_catalog.pg_database WHERE datname LIKE 'lint%'");
    }
}
