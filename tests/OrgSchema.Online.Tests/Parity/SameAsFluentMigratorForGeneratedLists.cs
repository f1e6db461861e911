using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace OrgSchema.Online.Tests;

/// <summary>
/// Lists of expressions that nobody has thought of. Those of a seed share two databases, each list in a migration of its own; one that fails is
/// left out, and the others go on. <c>ORGSCHEMA_PARITY_SEED</c> makes the lists of a failure again.
/// </summary>
public sealed class SameAsFluentMigratorForGeneratedLists
{
    private const string SeedVariable = "ORGSCHEMA_PARITY_SEED";

    [TestCase(1ul)]
    [TestCase(2ul)]
    [TestCase(3ul)]
    public async Task Of_a_seed(ulong seed)
    {
        var left = await SameAsync(seed);

        Assert.That(left, Is.InRange(1, GeneratedMigration.All.Length / 2), "Some lists must fail, and most must not.");
    }

    [Test]
    public async Task Of_another_seed_each_time() => await SameAsync(
        ulong.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out var seed) ? seed : (ulong)RandomNumberGenerator.GetInt32(int.MaxValue));

    private static async Task<int> SameAsync(ulong seed)
    {
        await TestContext.Out.WriteLineAsync($"{SeedVariable}={seed}");
        var lists = new GeneratedLists(GeneratedList.Of(seed, GeneratedMigration.All.Length));
        await using var pair = await ParityPair.CreateAsync();
        pair.CutOff = CutOffAnswer.Again; // a list that has failed is left out, and what its code has done stays
        foreach (var schema in lists.All.Select(list => list.Schema).OfType<string>())
            await pair.ExecuteAsync($"CREATE SCHEMA {GeneratedTable.Quote(schema)}");
        void Services(IServiceCollection services) => services.AddSingleton(lists);

        foreach (var direction in (Direction[])[Direction.Up, Direction.Down, Direction.Up])
        {
            while (await pair.RunAsync(direction, Services, version => $"{SeedVariable}={seed}, {lists[version]}", GeneratedMigration.All) is { } failed)
            {
                await TestContext.Out.WriteLineAsync($"{direction}: left out: {pair.Failure}");
                Assert.That(lists.Leave(failed, direction), $"{SeedVariable}={seed}, {direction}: nothing is left of {lists[failed]}");
            }

            await pair.AssertSameAsync(() => $"{SeedVariable}={seed}, {direction}: {string.Join("\n", lists.All)}");
            await pair.AssertSameDumpAsync(() => $"{SeedVariable}={seed}, {direction}: {string.Join("\n", lists.All)}");
        }

        await TestContext.Out.WriteLineAsync($"{lists.Left} lists of {lists.All.Count} have failed.");
        return lists.Left;
    }
}
