using System.Reflection;
using FluentMigrator;

namespace OrgSchema.Online.Tests;

/// <summary>A migration that does what the list of its version says.</summary>
public abstract class GeneratedMigration(GeneratedLists lists) : Migration
{
    /// <summary>One for each list of a test.</summary>
    public static readonly Type[] All = [.. typeof(Generated).GetNestedTypes()];

    private long Version => GetType().GetCustomAttribute<MigrationAttribute>()!.Version;

    public override void Up() => lists.Add(Version, this, Direction.Up);

    public override void Down() => lists.Add(Version, this, Direction.Down);
}

/// <summary>The migrations, one for each version: some in a transaction, and some without.</summary>
public static class Generated
{
    [Migration(1)]
    public sealed class List1(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(2)]
    public sealed class List2(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(3)]
    public sealed class List3(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(4, TransactionBehavior.None)]
    public sealed class List4(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(5)]
    public sealed class List5(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(6)]
    public sealed class List6(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(7)]
    public sealed class List7(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(8, TransactionBehavior.None)]
    public sealed class List8(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(9)]
    public sealed class List9(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(10)]
    public sealed class List10(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(11)]
    public sealed class List11(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(12, TransactionBehavior.None)]
    public sealed class List12(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(13)]
    public sealed class List13(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(14)]
    public sealed class List14(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(15)]
    public sealed class List15(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(16, TransactionBehavior.None)]
    public sealed class List16(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(17)]
    public sealed class List17(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(18)]
    public sealed class List18(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(19)]
    public sealed class List19(GeneratedLists lists) : GeneratedMigration(lists);

    [Migration(20, TransactionBehavior.None)]
    public sealed class List20(GeneratedLists lists) : GeneratedMigration(lists);
}
