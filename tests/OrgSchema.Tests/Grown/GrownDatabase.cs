using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Databases on which an application has grown, at random.</summary>
[Category("Chaos")]
public sealed class GrownDatabase
{
    private static int _refused;
    private static int _gone;

    /// <summary>Every way down is refused before its first step, or the way up after it brings everything back.</summary>
    [Test]
    public void Loses_nothing_on_a_way_down_and_up([Range(1, GrownForm.Shares)] int share)
    {
        var replay = new Replay(new Rnd((ulong)(GrownForm.Seed + share)), FSharpOption<int>.None);
        TestContext.Out.WriteLine($"ORGSCHEMA_GROWN_SEED={GrownForm.Seed}");
        Prop.ForAll(Arb.From(GrowthGenerator.Any, growth => growth.Smaller()), growth => TravelAsync(growth).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest((GrownForm.Cases + GrownForm.Shares - 1) / GrownForm.Shares).WithReplay(replay));
        TestContext.Out.WriteLine($"{_gone} runs done and {_refused} refused so far");
    }

    private static async Task TravelAsync(Growth growth)
    {
        var sql = new GrowthSql(growth);
        Fingerprint? baseline = null;
        LiveDatabase database;
        if (growth.HasEarly)
        {
            database = await LiveDatabase.CreateAsync();
            await database.ExecuteAsync(sql.Early);
            baseline = await database.FingerprintAsync();
        }
        else
        {
            database = await GrownTemplate.CopyAsync();
        }

        await using (database)
        {
            if (baseline is not null && !await SucceedsAsync(database, baseline, () => database.MigrateAsync()))
                return;
            await database.ExecuteAsync(sql.Later);
            await TravelAsync(database, growth.Steps, baseline);
        }
    }

    private static async Task TravelAsync(LiveDatabase database, IReadOnlyList<GrownStep> steps, Fingerprint? baseline)
    {
        var grown = await database.FingerprintAsync();
        var now = grown;
        foreach (var step in steps)
        {
            if (!await SucceedsAsync(database, now, () => database.RevertAsync(step.Down)))
                continue;
            if (step.DownTo is null && baseline is not null)
                Compare(await OfAsync(database, baseline), baseline, "after all migrations are reverted");
            await database.MigrateAsync(step.UpTo);
            now = await database.FingerprintAsync();
            if (step.UpTo is null)
                Compare(now, grown, $"after {step}");
        }

        if (steps[^1].UpTo is not null)
        {
            await database.MigrateAsync();
            Compare(await database.FingerprintAsync(), grown, "at the end");
        }
    }

    // Whether a run is not refused. One that is has changed nothing.
    private static async Task<bool> SucceedsAsync(LiveDatabase database, Fingerprint before, Func<Task<RunResult>> run)
    {
        try
        {
            await run();
            Interlocked.Increment(ref _gone);
            return true;
        }
        catch (PreflightException refusal)
        {
            Interlocked.Increment(ref _refused);
            Compare(await database.FingerprintAsync(), before, $"after it was refused: {refusal.Findings[0].Message}");
            return false;
        }
    }

    // What was there at the baseline, and what is left on tables that were.
    private static async Task<Fingerprint> OfAsync(LiveDatabase database, Fingerprint baseline)
    {
        var subjects = baseline.Lines.Select(line => line.Subject).ToHashSet();
        return (await database.FingerprintAsync()).Where(line =>
            subjects.Contains(line.Subject) || line.Subject.StartsWith("public.", StringComparison.Ordinal));
    }

    private static void Compare(Fingerprint actual, Fingerprint expected, string when)
    {
        var losses = actual.LossesFrom(expected);
        if (losses.Count > 0)
            throw new InvalidOperationException($"The database is not as expected {when}:\n{string.Join('\n', losses.Take(40))}");
    }
}
