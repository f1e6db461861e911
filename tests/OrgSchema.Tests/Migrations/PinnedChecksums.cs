using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Another version of the toolkit, or of the server, must not tell a deployed database that its history has changed.</summary>
public sealed class PinnedChecksums
{
    [Test]
    public async Task Are_those_that_deployed_databases_have()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await database.MigrateAsync();
        await using (var migrator = database.Migrator())
            await migrator.ContractAsync();

        var stored = await database.ColumnAsync<string>("SELECT version || ' ' || checksum FROM orgschema.schema_version ORDER BY version");

        Assert.That(stored, Has.Exactly(12).Items);
        Snapshot.AssertMatches("checksums", string.Join('\n', stored) + "\n");
    }
}
