using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Each test has a migrated database of its own, on which an application grows.</summary>
public abstract class GrownTest
{
    /// <summary>Down to the tables of the migrations, which stay, without their rows.</summary>
    protected static readonly DownTarget ToTables = DownTarget.Above(20260226000200);

    protected LiveDatabase Database { get; private set; } = null!;

    [SetUp]
    public async Task Create() => Database = IsMigrated ? await GrownTemplate.CopyAsync() : await LiveDatabase.CreateAsync();

    [TearDown]
    public async Task Drop() => await Database.DisposeAsync();

    /// <summary>Whether the tests begin after the migrations.</summary>
    protected virtual bool IsMigrated => true;

    /// <summary>A way down and the way up after it leave everything as it was.</summary>
    protected async Task AssertComesBackAsync(DownTarget target)
    {
        var before = await Database.FingerprintAsync();
        await Database.RevertAsync(target);
        await Database.MigrateAsync();
        Assert.That((await Database.FingerprintAsync()).LossesFrom(before), Is.Empty);
        var archives = await Database.ColumnAsync<string>("SELECT name FROM orgschema.archive WHERE table_name <> 'user_dso_access'");
        Assert.That(archives, Is.Empty, "rows stay in the archive");
        var definitions = await Database.ColumnAsync<string>("SELECT sql FROM orgschema.archive_definition");
        Assert.That(definitions, Is.Empty, "definitions stay in the archive");
    }

    /// <summary>A run is refused before its first step, and says why.</summary>
    /// <returns>Every finding.</returns>
    protected async Task<IReadOnlyList<Finding>> AssertRefusedAsync(Func<Task> run, params string[] words)
    {
        var before = await Database.FingerprintAsync();
        var refusal = Assert.ThrowsAsync<PreflightException>(() => run())!;
        (await Database.FingerprintAsync()).AssertSameAs(before);
        foreach (var word in words)
            Assert.That(refusal.Findings.Select(finding => finding.Message), Has.Some.Contains(word));
        return refusal.Findings;
    }

    /// <summary>What a way down would remove.</summary>
    protected async Task<RemovalReport> RemovalsAsync(DownTarget target)
    {
        await using var migrator = Database.Migrator();
        return await migrator.RemovalsAsync(target, default);
    }
}
