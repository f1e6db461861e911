using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>What <c>pg_dump --schema-only</c> writes: a witness that none of us has written.</summary>
[TestFixture(GrantRegime.Automatic)]
[TestFixture(GrantRegime.Explicit)]
public sealed class Dump(GrantRegime regime)
{
    [Test]
    public async Task Is_the_same_after_everything_is_taken_back_and_after_a_purge_to_the_letter()
    {
        await using var database = await LiveDatabase.CreateAsync(regime);
        var before = await database.DumpAsync();
        Assert.That(before, Does.Contain("CREATE TABLE public.dsos"));

        await database.MigrateAsync();
        Assert.That(await database.DumpAsync("--exclude-schema=orgschema"), Does.Contain("CREATE TABLE public.organizations"));
        await database.ContractAsync();
        await database.RevertAsync(DownTarget.All);
        Assert.That(await database.DumpAsync("--exclude-schema=orgschema"), Is.EqualTo(before));

        await using var migrator = database.Migrator();
        await migrator.PurgeAsync(default);
        Assert.That(await database.DumpAsync(), Is.EqualTo(before));
    }
}
