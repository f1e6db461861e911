using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>The examples of the catalog are true: the bad one has the finding, the good one has none.</summary>
public sealed class TheCatalog : DatabaseTest
{
    protected override string Schema => ExampleTables.Sql;

    private static IEnumerable<string> Ids => FindingCatalog.All.Where(kind => kind is { Language: "sql", Bad: not null }).Select(kind => kind.Id);

    [TestCaseSource(nameof(Ids))]
    public async Task Bad_example_is_found(string id)
    {
        var found = await LintAsync(FindingCatalog.Find(id)!.Bad!);

        Assert.That(found.Select(finding => finding.Finding.Id), Does.Contain(id));
        Assert.That(found.First(finding => finding.Finding.Id == id).Statement?.Place?.Line, Is.Positive, "it is found at a line");
    }

    [TestCaseSource(nameof(Ids))]
    public async Task Nothing_is_found_in_the_good_example(string id)
    {
        var found = await LintAsync(FindingCatalog.Find(id)!.Good!);

        Assert.That(found.Select(finding => $"{finding.Statement?.Place}: {finding.Finding.Message} [{finding.Finding.Id}]"), Is.Empty);
    }

    [Test]
    public void Ids_are_lower_case_with_hyphens_and_used_once()
    {
        Assert.That(FindingCatalog.All.Select(kind => kind.Id), Has.All.Match("^[a-z]+(-[a-z]+)*$"));
        Assert.That(FindingCatalog.All.Select(kind => kind.Id), Is.Unique);
    }

    [Test]
    public void Documentation_is_that_of_the_catalog() => Snapshot.AssertFile("docs/findings.md", FindingsPage.Write());

    private async Task<IReadOnlyList<TracedFinding>> LintAsync(string sql) =>
        await new SqlLint(Database.ConnectionString).RunAsync([new SqlFile("example.sql", sql)], singleTransaction: false, CancellationToken.None);
}
