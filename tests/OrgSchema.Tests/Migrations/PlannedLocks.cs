using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>A plan that promises what the server does not keep is worse than none.</summary>
public sealed class PlannedLocks
{
    [Test]
    public async Task Are_those_that_the_server_takes_and_so_are_the_rows_up_and_down()
    {
        await using var database = await LiveDatabase.CreateAsync().WithCrowdAsync(dsos: 20, users: 20);
        foreach (var migration in Migrating.All)
            await CompareAsync(database, migration, null, migrator => migration.Phase == Phase.Contract ? migrator.ContractAsync(default) : migrator.UpAsync(migration.Version, default));
        await database.AddOrganizationsAsync();
        foreach (var migration in Migrating.All.Reverse())
            await CompareAsync(database, migration, DownTarget.Last(1), migrator => migrator.DownAsync(DownTarget.Last(1), default));
    }

    private static async Task CompareAsync(TestDatabase database, KnownMigration migration, DownTarget? down, Func<Migrator, Task> run)
    {
        var traced = new List<TracedStatement>();
        await using var migrator = database.Migrator(trace: traced.Add);
        var plan = await migrator.DescribeAsync(down, default);
        var planned = plan.Migrations.First(planned => planned.Migration.Version == migration.Version).Statements;

        await run(migrator);

        // What was not sent had nothing to do; batches are alike but for the key that they begin after.
        var sent = planned.Where(statement => statement.Loop is not null || traced.Any(ran => ran.Sql == statement.Sql));
        // In the end DROP INDEX CONCURRENTLY locks the index, which nobody uses any more; a trace tells of its table, if it looks just then.
        var alone = planned.Where(statement => statement.IsAlone).Select(statement => statement.Sql).ToHashSet();
        Assert.That(
            Strongest(traced.Where(ran => !alone.Contains(ran.Sql)).SelectMany(ran => ran.Locks).Select(taken => (taken.Table, taken.Mode))),
            Is.EquivalentTo(Strongest(sent.Where(statement => !statement.IsAlone).SelectMany(plan.LocksOf).Select(wanted => (wanted.Table.ToString(), wanted.Mode)))),
            $"{plan.Direction} {migration}");
        Assert.That(
            traced.SelectMany(ran => ran.Written).Select(write => write.Table).Distinct(),
            Is.SubsetOf(planned.SelectMany(statement => statement.Rows).Where(work => work.Access >= RowAccess.Insert).Select(work => work.Table.ToString())),
            $"{plan.Direction} {migration} writes");
        Assert.That(traced.SelectMany(ran => ran.Rewritten), Is.Empty, $"{plan.Direction} {migration}");
    }

    // Only those that make somebody wait: foreign keys and queries take weaker ones here and there.
    private static IEnumerable<string> Strongest(IEnumerable<(string Table, LockMode Mode)> locks) =>
        locks.Where(taken => taken.Mode.BlocksWrites()).GroupBy(taken => taken.Table).Select(of => $"{of.Max(taken => taken.Mode).SqlName()} on {of.Key}");
}
