using System.Xml.Linq;
using NUnit.Framework;
using OrgSchema.Online;

namespace OrgSchema.Tests;

public sealed class PageOfARehearsal
{
    private const string Nasty = "<script>alert(\"O'Hara & Sons\")</script>";

    [Test]
    public void Shows_whatever_names_and_SQL_hold_and_runs_none_of_it()
    {
        var document = new RehearsalDocument(
            Nasty, "orgschema 1", DateTime.UnixEpoch, 12, Passed: false, BudgetMilliseconds: 50, "17", "17.6", 1_000,
            [new Finding("nasty", Nasty, Nasty)],
            [new RehearsedLegDocument(Leg.Up, 1, 2)],
            [new RehearsedStatementDocument(Leg.Up, 1, Nasty, Nasty, 3, 1, 2, 71.5, [new RehearsedLockDocument(Nasty, "SHARE", 71.5, false, true)], [Nasty], [Nasty], 1_234_567, 5 << 20, 99.4, Nasty)],
            [new RehearsedClientDocument(Nasty, 10, 1, 99.4, 2, 1, Nasty)],
            [new ProbedStepDocument(Leg.Down, 1, Nasty, [Nasty])],
            [Nasty],
            [new DifferenceDocument(Leg.Down, 1, Nasty, [Nasty])],
            [new SurfaceChangeDocument("Table", Nasty, Nasty, Nasty, Nasty)],
            [new FilledTable(Nasty, 7, Nasty)],
            [new Omission(Nasty, Nasty)]);

        var page = RehearsalPage.Of(document, "<svg/>");

        Assert.That(page, Does.Not.Contain("<script"));
        var root = XDocument.Parse(page).Root!;
        Assert.That(root.Value, Does.Contain(Nasty).And.Contain("failed").And.Contain("72 ms").And.Contain("1,234,567").And.Contain("5.0 MiB").And.Contain("99 ms"));
        Assert.That(root.Descendants().SelectMany(element => element.Attributes()).Select(attribute => attribute.Name.LocalName), Has.None.EqualTo("src").And.None.EqualTo("href"), "it needs nothing else");
    }
}
