using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

[TestFixture(GrantRegime.Automatic)]
[TestFixture(GrantRegime.Explicit)]
public sealed class EachMigration(GrantRegime regime)
{
    private static IEnumerable<TestCaseData> Migrations => Migrating.All.Select(migration => new TestCaseData(migration).SetArgDisplayNames(migration.Name));

    [TestCaseSource(nameof(Migrations))]
    public async Task Is_taken_back_without_a_trace_and_comes_again_the_same(KnownMigration migration)
    {
        await using var database = await LiveDatabase.CreateAsync(regime);
        await database.MigrateToBeforeAsync(migration);
        var before = await database.FingerprintAsync();

        await database.ApplyAsync(migration);
        var after = await database.FingerprintAsync();
        await database.RevertAsync();
        (await database.FingerprintAsync()).AssertSameAs(before);

        await database.ApplyAsync(migration);
        (await database.FingerprintAsync()).AssertSameAs(after);
    }

    [Test]
    public async Task Together_with_the_others_is_taken_back_without_a_trace_and_comes_again_the_same()
    {
        await using var database = await LiveDatabase.CreateAsync(regime);
        var before = await database.FingerprintAsync();

        await database.MigrateAsync();
        await database.ContractAsync();
        var after = await database.FingerprintAsync();
        var down = await database.RevertAsync(DownTarget.All);
        (await database.FingerprintAsync()).AssertSameAs(before);
        Assert.That(down.Done, Is.EqualTo(Migrating.All.Reverse()));

        await database.MigrateAsync();
        await database.ContractAsync();
        (await database.FingerprintAsync()).AssertSameAs(after);
    }

    [Test]
    public async Task Leaves_no_trigger_function_behind()
    {
        await using var database = await LiveDatabase.CreateAsync(regime);
        await database.MigrateAsync();
        await database.RevertAsync(DownTarget.All);

        // Those of the archive stay: they return something.
        Assert.That(
            await database.ColumnAsync<string>("SELECT proname::text FROM pg_proc WHERE pronamespace = 'orgschema'::regnamespace AND prorettype = 'trigger'::regtype"),
            Is.Empty);
    }

    [Test]
    public async Task Touches_no_row_that_was_there()
    {
        await using var database = await LiveDatabase.CreateAsync(regime);
        var times = await database.UpdateTimesAsync();
        Assert.That(times, Does.Contain("public.dsos d5000000-0000-4000-8000-000000000001 2025-11-01").And.Contain("auth.users " + People.Owner));

        foreach (var migration in Migrating.All)
        {
            await database.ApplyAsync(migration);
            Assert.That(await database.UpdateTimesAsync(), Is.EqualTo(times), $"up {migration.Name}");
        }

        foreach (var migration in Migrating.All.Reverse())
        {
            await database.RevertAsync();
            Assert.That(await database.UpdateTimesAsync(), Is.EqualTo(times), $"down {migration.Name}");
        }
    }
}
