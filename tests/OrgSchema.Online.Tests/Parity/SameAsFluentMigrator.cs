using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace OrgSchema.Online.Tests;

/// <summary>What FluentMigrator's runner makes of a list of expressions, ours makes of it, too: the same schema, the same rows, the same failures.</summary>
public sealed class SameAsFluentMigrator
{
    [TestCaseSource(typeof(ExpressionLists), nameof(ExpressionLists.All))]
    public Task In_one_transaction(Expressions expressions) => SameAsync(expressions, typeof(InOneTransaction));

    [TestCaseSource(typeof(ExpressionLists), nameof(ExpressionLists.Some))]
    public Task Without_a_transaction(Expressions expressions) => SameAsync(expressions, typeof(WithoutTransaction));

    [TestCase("Search Path=app")]
    [TestCase("Search Path=app,public")]
    [TestCase("Options=-c search_path=app -c TimeZone=Asia/Tokyo")]
    public async Task With_the_settings_of_the_connection_string(string settings)
    {
        var raw = ExpressionLists.All.Single(expressions => expressions.Name == "raw SQL of many kinds");

        await SameAsync(raw with { Setup = "CREATE SCHEMA app" }, typeof(InOneTransaction), settings);
    }

    private static async Task SameAsync(Expressions expressions, Type migration, string settings = "")
    {
        await using var pair = await ParityPair.CreateAsync(settings);
        await pair.ExecuteAsync(expressions.Setup);
        void Services(IServiceCollection services) => services.AddSingleton(expressions);

        foreach (var direction in (Direction[])[Direction.Up, Direction.Down, Direction.Up])
        {
            await pair.RunAsync(direction, Services, _ => expressions.Name, migration);
            await pair.AssertSameAsync(() => $"{direction}: {expressions.Name}");
        }

        await pair.AssertSameDumpAsync(() => expressions.Name);
        if (settings.Length > 0)
            Assert.That(await pair.Ours.ScalarAsync<bool>("SELECT pg_catalog.to_regclass('app.unqualified') IS NOT NULL"));
    }
}
