using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class KeepingALocalDatabase
{
    private readonly ProgramUnderTest _program = new();
    private string? _folder;

    [SetUp]
    public async Task FindPostgres()
    {
        await TestServer.GetAsync(); // without a PostgreSQL these are ignored too
        _program.Environment["ORGSCHEMA_PG_BIN"] = (await PostgresBinaries.FindAsync()).Folder;
    }

    [TearDown]
    public async Task Delete()
    {
        await _program.RunAsync("db", "stop");
        if (_folder is not null && Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true); // root's is not in its home
        _program.Dispose();
    }

    [Test]
    public async Task Is_a_matter_of_five_commands()
    {
        var started = await _program.RunAsync(0, "db", "start");
        _folder = started.Output.Split("Its data is in ")[1].TrimEnd('.', '\n');
        Assert.That(Directory.Exists(_folder));

        var url = (await _program.RunAsync(0, "db", "url")).Output.Trim();
        Assert.That(url, Does.Match(@"^postgres://postgres:\w+@127\.0\.0\.1:\d+/app$"));
        _program.KeepSecret(url);

        Assert.That((await _program.RunAsync(0, "db", "reset", "--baseline")).Output, Does.Contain("without migrations"));
        Assert.That((await _program.RunAsync(0, "db", "reset", "--baseline", "--output", "json")).Json.GetProperty("folder").GetString(), Is.EqualTo(_folder));
        Assert.That((await _program.RunAsync(0, "migrate")).Output, Does.Contain("11 migrations applied.").And.Contain("5 in All Solutions Consulting."));
        await _program.RunAsync(0, "migrate", "down", "--all");
        Assert.That((await _program.RunAsync(0, "db", "reset")).Output, Does.Contain("11 migrations applied.").And.Contain("8 DSOs: 5 in All Solutions Consulting, 3 in Demo Organization."));
        Assert.That((await _program.RunAsync(0, "seed")).Output, Does.Contain("already exists"));
        await _program.RunAsync(0, "verify");

        Assert.That((await _program.RunAsync(0, "db", "start", "--output", "json")).Json.GetProperty("version").GetString(), Is.Not.Empty);
        Assert.That((await _program.RunAsync(0, "db", "stop")).Output, Does.Contain("is stopped. Its data is kept."));
        Assert.That((await _program.RunAsync(0, "db", "stop", "--output", "json")).Json.GetProperty("stopped").GetBoolean(), Is.False);
        Assert.That((await _program.RunAsync(0, "status", "--exit-code")).Output, Does.Contain("8 DSOs"), "a command starts it again");
    }

    [Test]
    public async Task Includes_a_psql_that_is_logged_in()
    {
        var started = await _program.RunAsync(0, "db", "start");
        _folder = started.Output.Split("Its data is in ")[1].TrimEnd('.', '\n');

        var psql = await _program.RunAsync("db", "psql", "--", "-Atc", "SELECT current_user || ' ' || count(*) FROM dsos");

        // The servers that build/fetch-postgres gets come without it.
        if (psql.ExitCode == 1 && psql.Error.Contains("There is no psql", StringComparison.Ordinal))
            Assert.Ignore("There is no psql on this machine.");
        Assert.That(psql.ExitCode, Is.Zero, psql.ToString());
        Assert.That(psql.Output.Trim(), Is.EqualTo("postgres 5"));

        _program.Environment["A_SECRET_OF_CI"] = "hunter2";
        var environment = (await _program.RunAsync(0, "db", "psql", "--", "-c", "\\! env")).Output;
        Assert.That(environment, Does.Contain("PATH=").And.Not.Contain("hunter2"));
    }
}
