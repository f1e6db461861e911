using NUnit.Framework;

namespace OrgSchema.Online.Tests;

/// <summary>What FluentMigrator's documentation shows, run by both runners.</summary>
public sealed class SamplesOfFluentMigratorsDocumentation
{
    [TestCase(typeof(DocumentedTables), new string[0])]
    [TestCase(typeof(DocumentedRows), new string[0])]
    [TestCase(typeof(DocumentedLogic), new string[0])]
    [TestCase(typeof(DocumentedLogic), new[] { "Development" })]
    [TestCase(typeof(DocumentedLogic), new[] { "Production" })]
    public async Task Run_as_they_do_there(Type page, string[] tags)
    {
        await using var pair = await ParityPair.CreateAsync();
        pair.Tags = tags;
        foreach (var direction in (Direction[])[Direction.Up, Direction.Down, Direction.Up])
            Assert.That(await FailedAsync(pair, direction, page), Is.Null, () => $"{direction}: {pair.Failure}");
    }

    [Test]
    public async Task Stay_where_there_is_no_way_back()
    {
        await using var pair = await ParityPair.CreateAsync();

        Assert.That(await FailedAsync(pair, Direction.Up, typeof(DocumentedForGood)), Is.Null);
        Assert.That(await FailedAsync(pair, Direction.Down, typeof(DocumentedForGood)), Is.EqualTo(1));
    }

    private static async Task<long?> FailedAsync(ParityPair pair, Direction direction, Type page)
    {
        var failed = await pair.RunAsync(direction, static _ => { }, version => $"{version}", page.GetNestedTypes());
        await pair.AssertSameAsync(() => $"{direction}");
        await pair.AssertSameDumpAsync(() => $"{direction}");
        return failed;
    }
}
