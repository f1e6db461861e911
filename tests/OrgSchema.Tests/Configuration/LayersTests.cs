using NUnit.Framework;

namespace OrgSchema.Tests.Configuration;

/// <summary>Environment over file over shipped default.</summary>
[NonParallelizable]
public sealed class LayersTests
{
    private const string Ann = "aaaaaaaa-0000-4000-8000-000000000001";
    private const string Bob = "bbbbbbbb-0000-4000-8000-000000000002";

    private readonly ConfigurationFolder _folder = new();

    [TearDown]
    public void CloseFolder() => _folder.Dispose();

    [Test]
    public void Without_a_file_the_shipped_default_counts()
    {
        var tenancy = _folder.Load();

        Assert.Multiple(() =>
        {
            Assert.That(tenancy.OrganizationSlug, Is.EqualTo("all-solutions-consulting"));
            Assert.That(tenancy.Admins, Is.EqualTo(new Tenancy().Admins));
            Assert.That(tenancy.RevokeAccess, Is.EqualTo(new Tenancy().RevokeAccess));
        });
    }

    [Test]
    public void The_file_replaces_what_it_names_and_nothing_else()
    {
        var tenancy = _folder.WithFile($$"""
            {
              // a comment and a trailing comma are fine
              "organization": { "slug": "acme" },
              "admins": ["{{Ann}}", "{{Bob}}"],
              "revokeAccess": [],
            }
            """).Load();

        Assert.Multiple(() =>
        {
            Assert.That(tenancy.OrganizationSlug, Is.EqualTo("acme"));
            Assert.That(tenancy.OrganizationName, Is.EqualTo(new Tenancy().OrganizationName));
            Assert.That(tenancy.Owner, Is.EqualTo(new Tenancy().Owner));
            Assert.That(tenancy.Admins, Is.EqualTo(new[] { new Guid(Ann), new Guid(Bob) }));
            Assert.That(tenancy.RevokeAccess, Is.Empty);
        });
    }

    [Test]
    public void A_variable_replaces_a_value_of_the_file()
    {
        var tenancy = _folder
            .WithFile($$"""{ "organization": { "name": "Acme", "slug": "acme" }, "owner": "{{Ann}}" }""")
            .WithVariable("ORGANIZATION__SLUG", "acme-two")
            .WithVariable("OWNER", Bob)
            .Load();

        Assert.Multiple(() =>
        {
            Assert.That(tenancy.OrganizationName, Is.EqualTo("Acme"));
            Assert.That(tenancy.OrganizationSlug, Is.EqualTo("acme-two"));
            Assert.That(tenancy.Owner, Is.EqualTo(new Guid(Bob)));
        });
    }

    [Test]
    public void A_variable_replaces_a_whole_list()
    {
        var tenancy = _folder
            .WithFile($$"""{ "admins": ["{{Ann}}", "{{Bob}}"] }""")
            .WithVariable("ADMINS", $" {Bob} ,")
            .WithVariable("REVOKEACCESS", "")
            .Load();

        Assert.Multiple(() =>
        {
            Assert.That(tenancy.Admins, Is.EqualTo(new[] { new Guid(Bob) }));
            Assert.That(tenancy.RevokeAccess, Is.Empty);
        });
    }

    [Test]
    public void A_named_file_replaces_the_one_of_the_directory()
    {
        _folder.WithFile("""{ "organization": { "slug": "here" } }""").WithFile("""{ "organization": { "slug": "there" } }""", "other.json");

        var tenancy = TenancyConfiguration.Load(Path.Combine(_folder.Path, "other.json"), _folder.Path);

        Assert.That(tenancy.OrganizationSlug, Is.EqualTo("there"));
    }

    [Test]
    public void A_named_file_must_exist()
    {
        var path = Path.Combine(_folder.Path, "typo.json");

        var mistakes = Assert.Throws<ConfigurationException>(() => TenancyConfiguration.Load(path))!.Mistakes;

        Assert.That(mistakes, Is.EqualTo(new[] { $"{path}: there is no such file; check the path given with --config" }));
    }
}
