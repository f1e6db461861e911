using System.Text.RegularExpressions;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

public sealed partial class WritingANewMigration
{
    private readonly ProgramUnderTest _program = new();

    [TearDown]
    public void Delete() => _program.Dispose();

    [Test]
    public async Task Makes_a_file_with_a_version_after_all_others()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_program.Folder, "src/OrgSchema/Migrations")).FullName;

        await _program.RunAsync(0, "new", "AddLogoToOrganizations");

        var file = Directory.GetFiles(folder).Single();
        Assert.That(Path.GetFileName(file), Does.Match(@"^\d{14}_AddLogoToOrganizations\.cs$"));
        var version = long.Parse(Path.GetFileName(file)[..14], System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(version, Is.GreaterThan(Migrating.All[^1].Version));
        var text = await File.ReadAllTextAsync(file);
        Assert.That(text, Does.Contain($"[Expand({version})]").And.Contain("class AddLogoToOrganizations : OnlineMigration"));
        Assert.That(text, Does.Contain("void Up()").And.Contain("void Down()"));
    }

    [Test]
    public async Task Takes_the_phase_that_is_asked_for_and_tells_the_file()
    {
        Directory.CreateDirectory(Path.Combine(_program.Folder, "src/OrgSchema/Migrations"));

        var result = await _program.RunAsync(0, "new", "FillLogos", "--phase", "backfill", "--output", "json");

        Assert.That(await File.ReadAllTextAsync(result.Json.GetProperty("file").GetString()!), Does.Match(Attribute()));
    }

    [Test]
    public async Task Refuses_a_name_that_is_taken()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_program.Folder, "src/OrgSchema/Migrations")).FullName;
        await _program.RunAsync(0, "new", "AddLogo");

        Assert.That((await _program.RunAsync(2, "new", "AddLogo")).Error, Does.Contain("There is a migration of this name"));
        Assert.That(Directory.GetFiles(folder), Has.Exactly(1).Items);
    }

    [TestCase("addLogo")]
    [TestCase("Add-Logo")]
    [TestCase("../Evil")]
    [TestCase("")]
    public async Task Refuses_what_is_no_class_name(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_program.Folder, "src/OrgSchema/Migrations")).FullName;

        var refused = await _program.RunAsync(2, "new", name);

        Assert.That(refused.Error, Does.Contain("is not a class name: write it like AddLogoToOrganizations."));
        Assert.That(Directory.GetFiles(folder), Is.Empty);
    }

    [Test]
    public async Task Outside_of_a_repository_says_where_to_run_it() =>
        Assert.That((await _program.RunAsync(2, "new", "AddLogo")).Error, Does.Contain("Run this in the root of the repository."));

    [GeneratedRegex(@"\[Backfill\(\d{14}\)\]")]
    private static partial Regex Attribute();
}
