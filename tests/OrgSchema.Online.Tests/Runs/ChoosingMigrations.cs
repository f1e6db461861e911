using FluentMigrator;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>Versions 1 to 3 are expand and backfill, 4 and 5 contract, 6 is expand again.</summary>
public sealed class ChoosingMigrations : DatabaseTest
{
    private static readonly Type[] All = [typeof(First), typeof(Second), typeof(Third), typeof(Fourth), typeof(Fifth), typeof(Sixth)];

    [Test]
    public async Task Up_stops_before_the_first_contract_migration()
    {
        await using var migrator = Database.Migrator(All);

        var result = await migrator.UpAsync();

        Assert.That(Versions(result.Done), Is.EqualTo(new long[] { 1, 2, 3 }));
        Assert.That(Versions(result.Pending), Is.EqualTo(new long[] { 4, 5, 6 }));
    }

    [Test]
    public async Task Contract_applies_the_next_contract_migrations_and_up_goes_on_behind_them()
    {
        await using var migrator = Database.Migrator(All);
        await migrator.UpAsync();

        Assert.That(Versions((await migrator.ContractAsync()).Done), Is.EqualTo(new long[] { 4, 5 }));
        Assert.That(Versions((await migrator.UpAsync()).Done), Is.EqualTo(new long[] { 6 }));
    }

    [Test]
    public async Task Contract_refuses_while_others_come_first()
    {
        await using var migrator = Database.Migrator(All);
        await migrator.UpAsync(to: 2);

        Assert.That(() => migrator.ContractAsync(), Throws.TypeOf<RequestException>().With.Message.Contains("3 Third is pending"));
    }

    [Test]
    public async Task Up_to_a_version_includes_it()
    {
        await using var migrator = Database.Migrator(All);

        Assert.That(Versions((await migrator.UpAsync(to: 2)).Done), Is.EqualTo(new long[] { 1, 2 }));
        Assert.That(Versions((await migrator.UpAsync(to: 2)).Done), Is.Empty);
    }

    [TestCase(4, "4 Fourth is a contract migration")]
    [TestCase(7, "There is no migration with version 7")]
    public async Task Up_to_a_version_that_it_cannot_reach_is_refused(long to, string message)
    {
        await using var migrator = Database.Migrator(All);

        Assert.That(() => migrator.UpAsync(to), Throws.TypeOf<RequestException>().With.Message.Contains(message));

        Assert.That((await migrator.StatusAsync()).Applied, Is.Empty);
    }

    private static readonly TestCaseData[] Targets =
    [
        new(DownTarget.Last(1), new long[] { 3 }) { TestName = "Down_by_one_step" },
        new(DownTarget.Last(2), new long[] { 3, 2 }) { TestName = "Down_by_two_steps" },
        new(DownTarget.Last(9), new long[] { 3, 2, 1 }) { TestName = "Down_by_more_steps_than_there_are" },
        new(DownTarget.Above(1), new long[] { 3, 2 }) { TestName = "Down_to_a_version_that_stays" },
        new(DownTarget.Above(6), Array.Empty<long>()) { TestName = "Down_to_a_version_that_is_not_applied" },
        new(DownTarget.Above(0), new long[] { 3, 2, 1 }) { TestName = "Down_to_zero" },
        new(DownTarget.All, new long[] { 3, 2, 1 }) { TestName = "Down_all" },
    ];

    [TestCaseSource(nameof(Targets))]
    public async Task Down(DownTarget target, long[] reverted)
    {
        await using var migrator = Database.Migrator(All);
        await migrator.UpAsync();

        Assert.That(Versions((await migrator.DownAsync(target)).Done), Is.EqualTo(reverted));
        Assert.That((await migrator.StatusAsync()).Applied, Is.EquivalentTo(new long[] { 1, 2, 3 }.Except(reverted)));
    }

    [Test]
    public async Task Down_to_an_unknown_version_is_refused()
    {
        await using var migrator = Database.Migrator(All);
        await migrator.UpAsync();

        Assert.That(() => migrator.DownAsync(DownTarget.Above(7)), Throws.TypeOf<RequestException>());
        Assert.That(() => DownTarget.Last(0), Throws.TypeOf<RequestException>());
    }

    [Test]
    public async Task Down_reverts_contract_migrations_too()
    {
        await using var migrator = Database.Migrator(All);
        await migrator.UpAsync();
        await migrator.ContractAsync();

        Assert.That(Versions((await migrator.DownAsync(DownTarget.Last(3))).Done), Is.EqualTo(new long[] { 5, 4, 3 }));
    }

    [Test]
    public async Task Version_that_this_program_does_not_know_is_shown_and_not_reverted()
    {
        await using var newer = Database.Migrator(All);
        await newer.UpAsync();
        await using var older = Database.Migrator(typeof(First), typeof(Second));

        Assert.That((await older.StatusAsync()).Migrations[^1], Is.EqualTo(new MigrationStatus(3, "Third", MigrationState.Unknown, (await older.StatusAsync()).Migrations[^1].AppliedOn, null)));
        Assert.That(() => older.DownAsync(DownTarget.Last(1)), Throws.TypeOf<RequestException>().With.Message.Contains("3 Third"));
        Assert.That(() => older.DownAsync(), Throws.TypeOf<RequestException>());
        Assert.That((await newer.StatusAsync()).Applied, Is.EqualTo(new long[] { 1, 2, 3 }));
    }

    [Test]
    public async Task Migration_of_another_branch_is_out_of_order_and_applied_all_the_same()
    {
        await using var other = Database.Migrator(typeof(First), typeof(Third));
        await other.UpAsync();
        await using var migrator = Database.Migrator(typeof(First), typeof(Second), typeof(Third));

        Assert.That((await migrator.StatusAsync()).Migrations.Select(row => row.State), Is.EqualTo(new[] { MigrationState.Applied, MigrationState.OutOfOrder, MigrationState.Applied }));
        Assert.That(Versions((await migrator.UpAsync()).Done), Is.EqualTo(new long[] { 2 }));
    }

    [Test]
    public void Version_that_two_migrations_have_is_refused() =>
        Assert.That(() => Database.Migrator(typeof(First), typeof(FirstToo)), Throws.TypeOf<RequestException>().With.Message.Contains("First and FirstToo"));

    [Test]
    public void Types_that_are_no_migrations_are_passed_over() =>
        Assert.That(KnownMigration.In(typeof(ChoosingMigrations).GetNestedTypes().Except([typeof(FirstToo)])).Select(migration => (migration.Name, migration.Phase)), Is.EqualTo(new[]
        {
            ("First", Phase.Expand), ("Second", Phase.Backfill), ("Third", Phase.Expand), ("Fourth", Phase.Contract), ("Fifth", Phase.Contract), ("Sixth", Phase.Expand),
        }));

    private static IEnumerable<long> Versions(IEnumerable<KnownMigration> migrations) => migrations.Select(migration => migration.Version);

    public abstract class Empty : OnlineMigration
    {
        public override void Up() => Sql("SELECT 1");

        public override void Down() => Sql("SELECT 1");
    }

    [Expand(1)]
    public sealed class First : Empty;

    [Expand(1)]
    public sealed class FirstToo : Empty;

    [Backfill(2)]
    public sealed class Second : Empty;

    [FluentMigrator.Migration(3)]
    public sealed class Third : Empty;

    [Contract(4)]
    public sealed class Fourth : Empty;

    [Contract(5, TransactionBehavior.None)]
    public sealed class Fifth : Empty;

    [Expand(6)]
    public sealed class Sixth : Empty;
}
