using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[FixtureLifeCycle(LifeCycle.SingleInstance)]
[Parallelizable(ParallelScope.Self)]
public sealed class LintingByCommand
{
    private readonly ProgramUnderTest _program = new();
    private ScratchFolder _folder = null!;

    /// <summary>Where the program puts its throw-away servers.</summary>
    private string Temporary => _folder["tmp"];

    /// <summary>Where a command of the operating system would leave its mark: everybody may write there.</summary>
    private string Marks => _folder["marks"];

    [OneTimeSetUp]
    public async Task Start()
    {
        await TestServer.GetAsync(); // without a PostgreSQL these are ignored too
        _program.Environment["ORGSCHEMA_PG_BIN"] = (await PostgresBinaries.FindAsync()).Folder;
        _folder = new ScratchFolder();
        foreach (var folder in new[] { Temporary, Marks })
        {
            Directory.CreateDirectory(folder);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        }

        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        _program.Environment["TMPDIR"] = Temporary;
        await File.WriteAllTextAsync(Path.Combine(_program.Folder, "seed.sql"), SeedFile.Text);
    }

    [OneTimeTearDown]
    public void Delete()
    {
        _folder?.Dispose();
        _program.Dispose();
    }

    [TearDown]
    public void Nothing_is_left() => Assert.That(Directory.GetFileSystemEntries(Temporary).Concat(Directory.GetFileSystemEntries(Marks)), Is.Empty);

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
    public async Task Leaves_no_server_behind_when_it_is_interrupted()
    {
        await File.WriteAllTextAsync(Path.Combine(_program.Folder, "long.sql"), "SELECT pg_sleep(600);");
        var running = _program.Start("lint", "long.sql");
        while (!running.Result.IsCompleted && !Directory.EnumerateFiles(Temporary, "postmaster.pid", SearchOption.AllDirectories).Any())
            await Task.Delay(10);

        await running.InterruptAsync();

        Assert.That((await running.Result).ExitCode, Is.EqualTo(130));
    }

    // Alone each is refused already; before PostgreSQL 16 the first one is what opens the others.
    [TestCase("COPY (SELECT 1) TO PROGRAM 'touch {0}/program'")]
    [TestCase("COPY (SELECT 1) TO '{0}/file'")]
    [TestCase("CREATE TABLE t (line text); COPY t FROM '/etc/passwd'")]
    [TestCase("SELECT pg_read_file('/etc/passwd')")]
    [TestCase("SELECT lo_export(lo_from_bytea(0, 'x'), '{0}/large')")]
    [TestCase("CREATE FUNCTION f() RETURNS integer LANGUAGE c AS 'libc.so.6', 'system'")]
    [TestCase("ALTER ROLE CURRENT_USER SUPERUSER")]
    [TestCase("CREATE DATABASE other")]
    public async Task Lets_no_file_out_of_its_server(string sql)
    {
        await File.WriteAllTextAsync(Path.Combine(_program.Folder, "hostile.sql"), $"""
            DO $$ BEGIN GRANT pg_execute_server_program, pg_read_server_files, pg_write_server_files TO CURRENT_USER; EXCEPTION WHEN OTHERS THEN NULL; END $$;
            {string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, Marks)};
            """);

        var json = (await _program.RunAsync(3, "lint", "hostile.sql", "--output", "json")).Json;

        Assert.That(json.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("id").GetString()), Has.Member("statement-failed"));
    }

    [Test]
    public async Task Refuses_what_it_cannot_read()
    {
        Assert.That((await _program.RunAsync(2, "lint", "nothing.sql")).Error, Does.Contain("nothing.sql cannot be read"));
    }
}
