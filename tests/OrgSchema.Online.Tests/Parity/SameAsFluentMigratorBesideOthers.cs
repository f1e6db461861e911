using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>
/// Beside somebody else FluentMigrator's runner waits in line, and ours looks, tries and tries again: for the same sessions, and with the same result.
/// </summary>
public sealed class SameAsFluentMigratorBesideOthers
{
    private const string Code = "C# code that needs a lock";

    private static readonly string[] OnTables = ["changes: People", "renames: my table", "deletes: user", "an index with options of PostgreSQL", Code];

    private static readonly string[] OnRows = ["rows: a\"quote", "rows: Größe"];

    private static readonly string[] Harmless =
        ["creates: ORDER", "raw SQL of many kinds", "C# code in order", "a timestamp that becomes one with a time zone", "values of all types"];

    private static IEnumerable<object[]> TransactionOrNone(params string[] names) =>
        from expressions in ExpressionLists.All
        where names.Contains(expressions.Name)
        from isTransaction in (bool[])[true, false]
        select new object[] { expressions, isTransaction };

    // Without a transaction code runs once, for what it has done is done: see the last test.
    private static IEnumerable<object[]> ForLocks => TransactionOrNone(OnTables).Where(each => (bool)each[1] || $"{each[0]}" != Code);

    private static IEnumerable<object[]> ForRows => TransactionOrNone(OnRows);

    private static IEnumerable<object[]> ForSnapshots => TransactionOrNone([.. OnTables, .. OnRows, .. Harmless]).Where(each => (bool)each[1]);

    [TestCaseSource(nameof(ForSnapshots))]
    public async Task An_old_snapshot_is_in_nobodys_way(Expressions expressions, bool isTransaction) =>
        Assert.That(await SameAsync(expressions, isTransaction, AnOldSnapshot), Is.Empty);

    [TestCaseSource(typeof(ExpressionLists), nameof(ExpressionLists.Alone))]
    public async Task Indexes_are_built_when_an_old_snapshot_ends(Expressions expressions) => Assert.That(
        await SameAsync(expressions, isTransaction: false, AnOldSnapshot),
        expressions.Name == "a table that is tidied up" ? Is.EqualTo(new[] { Direction.Down }) : Is.EqualTo(new[] { Direction.Up, Direction.Up }));

    [TestCaseSource(nameof(ForLocks))]
    public async Task Tables_are_changed_when_a_reader_ends(Expressions expressions, bool isTransaction) =>
        Assert.That(await SameAsync(expressions, isTransaction, database => ALockOnAll(database, "LOCK TABLE %s IN ACCESS SHARE MODE")), Is.Not.Empty);

    [TestCaseSource(nameof(ForLocks))]
    public async Task Tables_are_changed_when_a_writer_ends(Expressions expressions, bool isTransaction) =>
        Assert.That(await SameAsync(expressions, isTransaction, database => ALockOnAll(database, "LOCK TABLE %s IN ROW EXCLUSIVE MODE")), Is.Not.Empty);

    [TestCaseSource(nameof(ForRows))]
    public async Task Rows_are_changed_when_their_owner_ends(Expressions expressions, bool isTransaction) =>
        Assert.That(await SameAsync(expressions, isTransaction, database => ALockOnAll(database, "SELECT FROM %s FOR UPDATE")), Is.Not.Empty);

    /// <summary>The one difference: FluentMigrator's waits in line for as long as it takes.</summary>
    [Test]
    public async Task Code_without_a_transaction_gives_up_and_nobody_waits_behind_it()
    {
        await using var pair = await ParityPair.CreateAsync();
        var expressions = ExpressionLists.All.Single(expressions => expressions.Name == Code);
        await pair.ExecuteAsync(expressions.Setup);
        await using var migrator = pair.Migrator(services => services.AddSingleton(expressions), typeof(WithoutTransaction));
        await using (await ALockOnAll(pair.Ours, "LOCK TABLE %s IN ACCESS SHARE MODE"))
            Assert.That(() => migrator.UpAsync(), Throws.TypeOf<MigrationFailedException>().With.Message.Contains(PostgresErrorCodes.LockNotAvailable));

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<CutOffException>(), "nothing tells what the code has done");
    }

    /// <summary>The ways on which both have waited.</summary>
    private static async Task<IReadOnlyList<Direction>> SameAsync(Expressions expressions, bool isTransaction, Func<TestDatabase, Task<Stranger>> begin)
    {
        await using var pair = await ParityPair.CreateAsync();
        await pair.ExecuteAsync(expressions.Setup);
        var waited = new List<Direction>();
        foreach (var direction in (Direction[])[Direction.Up, Direction.Down, Direction.Up])
        {
            if (await pair.RunBesideAsync(
                begin,
                direction,
                services => services.AddSingleton(expressions),
                expressions.Name,
                isTransaction ? typeof(InOneTransaction) : typeof(WithoutTransaction)))
                waited.Add(direction);
            await pair.AssertSameAsync(() => $"{direction}: {expressions.Name}");
        }

        await pair.AssertSameDumpAsync(() => expressions.Name);
        return waited;
    }

    private static Task<Stranger> AnOldSnapshot(TestDatabase database) =>
        database.WithTransaction("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1");

    private static Task<Stranger> ALockOnAll(TestDatabase database, string statement) => database.WithTransaction($"""
        DO $$
        DECLARE
            t regclass;
        BEGIN
            FOR t IN
                SELECT oid FROM pg_class
                WHERE relkind = 'r' AND oid >= 16384 AND relnamespace::regnamespace::text NOT IN ('orgschema', '{PlainRunner.Schema}')
            LOOP
                EXECUTE format('{statement}', t);
            END LOOP;
        END $$
        """);
}
