using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed class TheExampleOfTheReadme
{
    private const string Columns = "SELECT column_name::text FROM information_schema.columns WHERE table_name = 'organizations' AND column_name = 'logo_url'";

    [Test]
    public async Task Goes_up_down_and_up()
    {
        await using var database = await LiveDatabase.CreateAsync();
        await database.MigrateAsync();
        await database.ContractAsync();
        var before = await database.FingerprintAsync();
        await using var migrator = new Migrator(new MigratorOptions
        {
            ConnectionString = database.ConnectionString,
            Migrations = [.. MigrationList.All, typeof(AddLogoToOrganizations)],
            Services = services => services.AddSingleton(new Tenancy()),
        });

        await migrator.UpAsync(null, default);
        Assert.That(await database.ColumnAsync<string>(Columns), Has.Count.EqualTo(1));
        await database.ExecuteAsync("SET session_replication_role = replica; UPDATE organizations SET logo_url = 'https://example.com/logo.svg'");
        await migrator.DownAsync(DownTarget.Last(1), default);
        (await database.FingerprintAsync()).AssertSameAs(before);
        await migrator.UpAsync(null, default);
        Assert.That(await database.ColumnAsync<string>("SELECT logo_url FROM organizations"), Is.EqualTo(new[] { "https://example.com/logo.svg" }));
    }

    [Test]
    public void Is_the_class_that_these_tests_run()
    {
        var compiled = File.ReadAllText(Repository.PathOf("tests/OrgSchema.Tests/Examples/AddLogoToOrganizations.cs"));
        var shown = File.ReadAllText(Repository.PathOf("README.md")).Split("```csharp\n").Skip(1).Select(rest => rest.Split("```")[0]).Single(block => block.Contains("[Expand(", StringComparison.Ordinal));

        Assert.That(shown, Is.EqualTo(compiled[compiled.IndexOf("/// <summary>", StringComparison.Ordinal)..]));
    }
}
