using FsCheck;
using FsCheck.Fluent;

namespace OrgSchema.Tests;

/// <summary>Grown applications at random, small ones first.</summary>
internal static class GrowthGenerator
{
    private static readonly string[] OwnTables = ["public.organizations", "public.org_members", "public.user_profiles"];

    // Keys of tables that a way down to the beginning leaves: others keep their table from being dropped.
    private static readonly KnownKey[] Lasting = [KnownKey.Access, KnownKey.AccessPair, KnownKey.Dso];

    /// <summary>A grown application and the ways that follow.</summary>
    public static Gen<Growth> Any { get; } =
        from tableCount in Gen.Choose(0, 4)
        from earlyCount in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(1, 2)))
        from isLasting in Gen.Frequency((2, Gen.Constant(false)), (1, Gen.Constant(true)))
        from isBlocking in Gen.Frequency((5, Gen.Constant(false)), (1, Gen.Constant(true)))
        from tables in Gen.CollectToArray(Enumerable.Range(0, tableCount), number => Table(number, number < earlyCount))
        from links in tableCount == 0 ? Gen.Constant(Array.Empty<GrownLink>()) : UpTo(6, Link(tableCount, isLasting))
        from columns in UpTo(3, Column)
        from decorations in UpTo(5, isBlocking ? Gen.OneOf(Harmless, Decoration(GrownDecorations.Blocking)) : Harmless)
        from steps in Gen.Frequency((3, Gen.Constant(1)), (1, Gen.Constant(2))).SelectMany(count => Gen.ArrayOf(Step, count))
        select new Growth(tables, links, columns, decorations, steps);

    private static Gen<GrownDecoration> Harmless => Decoration(GrownDecorations.Harmless);

    private static Gen<long?> Version => Gen.Elements(Migrating.BeforeContract.Select(migration => (long?)migration.Version));

    private static Gen<GrownStep> Step =>
        from down in Gen.Frequency(
            (2, Gen.Constant((long?)null)),
            (4, Gen.Constant((long?)20260226000200)),
            (4, Version))
        from up in Gen.Frequency((3, Gen.Constant((long?)null)), (1, Version))
        select new GrownStep(down, up);

    private static Gen<GrownColumn> Column =>
        from table in Gen.Elements(OwnTables)
        from type in Gen.Elements<string>(GrownColumns.Types)
        from filling in Gen.Elements(Enum.GetValues<GrownFilling>())
        select new GrownColumn(table, type, filling);

    private static Gen<GrownTable> Table(int number, bool isEarly) =>
        from key in Gen.Frequency(
            (5, Gen.Elements(GrownKey.Identity, GrownKey.Uuid, GrownKey.Pair, GrownKey.Code)),
            (1, Gen.Elements(GrownKey.Deferrable, GrownKey.None)))
        from rows in Gen.Choose(1, 9)
        select new GrownTable(number, key, rows, isEarly);

    private static Gen<GrownLink> Link(int tables, bool isLasting) =>
        from child in Gen.Choose(0, tables - 1)
        from parent in Gen.Frequency((1, Gen.Constant((int?)null)), (1, Gen.Choose(0, tables - 1).Select(number => (int?)number)))
        from known in Gen.Elements(isLasting ? Lasting : Enum.GetValues<KnownKey>())
        from action in Gen.Frequency(
            (5, Gen.Elements("CASCADE", "SET NULL")),
            (1, Gen.Constant("SET DEFAULT")),
            (1, Gen.Elements("NO ACTION", "RESTRICT")))
        from isRequired in Gen.Elements(true, false)
        from waiting in Gen.Elements("", "", "DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED")
        from setsOne in Gen.Elements(true, false)
        from shift in Gen.Choose(0, 5)
        select new GrownLink(child, parent, known, action, isRequired && (action != "SET NULL" || setsOne), waiting, setsOne, shift);

    private static Gen<GrownDecoration> Decoration(IReadOnlyList<string> templates) =>
        from table in Gen.Elements(OwnTables)
        from template in Gen.Elements<string>(templates)
        select new GrownDecoration(table, template);

    private static Gen<T[]> UpTo<T>(int most, Gen<T> each) => Gen.Choose(0, most).SelectMany(count => Gen.ArrayOf(each, count));
}
