using System.ComponentModel;
using CliWrap;
using CliWrap.Buffered;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>The files that <c>script</c> writes, run by psql and by nobody else.</summary>
public sealed class ScriptsForPsql
{
    private LiveDatabase _database = null!;
    private ProgramUnderTest _program = null!;

    [SetUp]
    public async Task Create()
    {
        _database = await LiveDatabase.CreateAsync().WithCrowdAsync();
        _program = new ProgramUnderTest(_database);
    }

    [TearDown]
    public async Task Drop()
    {
        _program.Dispose();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task Do_what_migrate_does_up_and_down_and_are_recorded()
    {
        var baseline = await _database.FingerprintAsync();
        await using var migrated = await _database.CopyAsync();
        await migrated.MigrateAsync();
        await _program.RunAsync(0, "script", "--record", "--out", "sql");

        foreach (var migration in Migrating.BeforeContract)
            await PsqlAsync(migration, "up");

        (await _database.LikenessAsync()).AssertSameAs(await migrated.LikenessAsync());
        Assert.That((await _program.RunAsync(0, "migrate")).Output, Does.Contain("Nothing is pending"));
        await migrated.ContractAsync();
        await PsqlAsync(Migrating.All[^1], "up");
        (await _database.LikenessAsync()).AssertSameAs(await migrated.LikenessAsync());
        foreach (var migration in Migrating.All.Reverse())
            await PsqlAsync(migration, "down");
        (await _database.FingerprintAsync()).AssertSameAs(baseline);
        Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM orgschema.schema_version"), Is.Zero);
    }

    [Test]
    public async Task Can_be_run_again_and_leave_recording_to_those_who_want_it()
    {
        await _program.RunAsync(0, "script", "--out", "sql");

        foreach (var migration in Migrating.BeforeContract)
        {
            await PsqlAsync(migration, "up");
            if (!migration.IsTransactional(Direction.Up))
                await PsqlAsync(migration, "up");
        }

        Assert.That(await _database.ScalarAsync<long>("SELECT count(*) FROM orgschema.schema_version"), Is.Zero);
        Assert.That(await _database.AdoptAsync(), Has.Count.EqualTo(Migrating.BeforeContract.Count()));
    }

    [Test]
    public async Task Are_not_written_over_a_file_that_somebody_has_changed()
    {
        await _program.RunAsync(0, "script", "--out", "sql");
        await _program.RunAsync(0, "script", "--out", "sql");
        var mine = Path.Combine(_program.Folder, "sql", "20260226000700_IndexDsosOrgId.up.sql");
        await File.WriteAllTextAsync(mine, "-- mine");

        var refused = await _program.RunAsync(2, "script", "--out", "sql");

        Assert.That(refused.Error, Does.Contain(mine).And.Contain("another text"));
        Assert.That(await File.ReadAllTextAsync(mine), Is.EqualTo("-- mine"));
    }

    private async Task PsqlAsync(KnownMigration migration, string way)
    {
        var file = Path.Combine(_program.Folder, "sql", $"{migration.Version}_{migration.Name}.{way}.sql");
        try
        {
            var ended = await Cli.Wrap("psql").WithArguments(["--no-psqlrc", "--quiet", "--file", file, _database.Url]).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
            Assert.That(ended.ExitCode, Is.Zero, $"{file}\n{ended.StandardError}");
        }
        catch (Win32Exception)
        {
            Assert.Ignore("There is no psql on this machine.");
        }
    }
}
