using NUnit.Framework;

namespace OrgSchema.Tests;

public sealed class TakingOverByCommand : CommandTest
{
    [SetUp]
    public async Task RunTheSeed()
    {
        foreach (var statement in SeedFile.Statements)
            await Database.ExecuteAsync(statement);
    }

    [Test]
    public async Task Looks_first_then_records_then_migrates_the_rest()
    {
        Assert.That((await Orgschema.RunAsync(0, "baseline", "--dry-run")).Output, Does.Contain("4 migrations would be recorded.").And.Contain("there, but not as the migration makes it"));
        Assert.That(await Database.ScalarAsync<bool>("SELECT to_regnamespace('orgschema') IS NULL"));

        var baseline = await Orgschema.RunAsync(0, "baseline");
        Assert.That(baseline.Output, Does.Contain("4 migrations recorded as applied. 'migrate' corrects the differences").And.Contain("ON DELETE SET NULL, not FOREIGN KEY"));
        Assert.That((await Orgschema.RunAsync(0, "status")).Output, Does.Contain("applied, found there").And.Not.Contain("out of order"));
        Assert.That((await Orgschema.RunAsync(0, "log")).Output, Does.Contain("found there"));

        var migrate = await Orgschema.RunAsync(0, "migrate", "--strict");
        Assert.That(migrate.Output + migrate.Error, Does.Contain("public.organizations already exists, as migration 20260226000000 makes it, but for").And.Contain("[key-replaced]").Or.Contain("migrate replaces it"));
        await Orgschema.RunAsync(0, "verify");
        Assert.That((await Orgschema.RunAsync(0, "baseline")).Output, Does.Contain("Every migration is already recorded."));
    }

    [Test]
    public async Task Says_it_in_a_document()
    {
        var document = (await Orgschema.RunAsync(0, "baseline", "--output", "json")).Json;

        var steps = document.GetProperty("migrations").EnumerateArray().ToDictionary(step => step.GetProperty("version").GetInt64());
        Assert.That(steps[20260226000600].GetProperty("extent").GetString(), Is.EqualTo("Different"));
        Assert.That(steps[20260226000700].GetProperty("recorded").GetBoolean());
    }
}
