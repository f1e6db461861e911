using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Steps that are done in their safe forms give what FluentMigrator's runner gives, and leave what it leaves when rows refuse them.</summary>
public sealed class SameAsFluentMigratorInSafeForms
{
    private static IEnumerable<Expressions> Lists => ChaosForm.IsLong ? ExpressionLists.All : ExpressionLists.InOneTransaction;

    [TestCaseSource(typeof(SafeForms), nameof(SafeForms.All))]
    [TestCaseSource(nameof(Lists))]
    public Task In_one_transaction(Expressions expressions) => SameAsync(expressions, typeof(InOneTransaction));

    [TestCaseSource(typeof(SafeForms), nameof(SafeForms.All))]
    public Task Without_a_transaction(Expressions expressions) => SameAsync(expressions, typeof(WithoutTransaction));

    [TestCaseSource(typeof(SafeForms), nameof(SafeForms.All))]
    public async Task Each_is_done_step_by_step(Expressions expressions)
    {
        await using var pair = await ParityPair.CreateAsync(rewrites: true);
        await pair.ExecuteAsync(expressions.Setup);

        await pair.RunAsync(Direction.Up, services => services.AddSingleton(expressions), _ => expressions.Name, typeof(InOneTransaction));

        Assert.That(
            await pair.Ours.ScalarAsync<bool>("SELECT transactional FROM orgschema.run_log"),
            Is.EqualTo(expressions.Name == "a default that is not constant, for rows to come"));
    }

    [TestCaseSource(typeof(SafeForms), nameof(SafeForms.Refused))]
    public async Task What_rows_refuse_leaves_nothing(Expressions expressions)
    {
        await using var pair = await ParityPair.CreateAsync(rewrites: true);
        await pair.ExecuteAsync(expressions.Setup);

        var failed = await pair.RunAsync(Direction.Up, services => services.AddSingleton(expressions), _ => expressions.Name, typeof(InOneTransaction));

        Assert.That(failed, Is.EqualTo(1));
        await pair.AssertSameAsync(() => expressions.Name);
        await pair.AssertSameDumpAsync(() => expressions.Name);
        Assert.That(await pair.Ours.ScalarAsync<long>("SELECT count(*) FROM orgschema.step_ledger"), Is.Zero);
    }

    private static async Task SameAsync(Expressions expressions, Type migration)
    {
        await using var pair = await ParityPair.CreateAsync(rewrites: true);
        await pair.ExecuteAsync(expressions.Setup);
        foreach (var direction in (Direction[])[Direction.Up, Direction.Down, Direction.Up])
        {
            await pair.RunAsync(direction, services => services.AddSingleton(expressions), _ => expressions.Name, migration);
            await pair.AssertSameAsync(() => $"{direction}: {expressions.Name}");
        }

        await pair.AssertSameDumpAsync(() => expressions.Name);
    }
}
