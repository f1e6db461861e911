using OrgSchema.Online;

namespace OrgSchema;

/// <summary>A table that is there before the migration that makes it: the same one, which the migration completes, or a stranger's.</summary>
internal static class FoundTable
{
    /// <summary>Whether the table is there, with the columns that the migration gives it.</summary>
    public static bool IsOurs(string table, long version, CheckedDatabase database, Structure actual) =>
        actual[(FactKind.Table, table, ShortName(table))] is not null && !Differences(table, version, database, actual).Any(IsStrange);

    /// <summary>Says what it is.</summary>
    public static Finding Judge(string table, long version, CheckedDatabase database, Structure actual)
    {
        var differences = Differences(table, version, database, actual);
        var strange = differences.Where(IsStrange).Select(difference => difference.Finding.Message).ToList();
        if (strange.Count > 0)
        {
            return new(
                "name-taken",
                $"{table} is a table already, and not the one that migration {version} makes: {string.Join("; ", strange)}",
                HasHalf(table, version, actual)
                    ? $"Change {table} to what the migration makes, together with its owner, then run 'orgschema baseline' and 'orgschema migrate'."
                    : Mend.Rename(new Fact(FactKind.Table, table, ShortName(table), "")));
        }

        var rest = differences.Where(difference => difference.Finding.Severity != Severity.Note).Select(difference => difference.Finding.Message).ToList();
        return new(
            "table-exists",
            $"{table} already exists, as migration {version} makes it{(rest.Count == 0 ? "" : $", but for: {string.Join("; ", rest)}")}. It is kept, with its rows",
            rest.Count == 0 ? Mend.Adopt : $"{Mend.Adopt} migrate adds what is missing and revokes the privileges that nobody should have.",
            Severity.Warning);
    }

    // A table with at least half of the columns may be an earlier shape of ours: nobody should move it out of the way.
    private static bool HasHalf(string table, long version, Structure actual)
    {
        var columns = ExpectedSchema.Of(actual.Server)
            .Where(expected => expected.Since == version && expected.Fact.Kind == FactKind.Column && expected.Fact.Table == table)
            .ToList();
        return columns.Count(expected => actual[expected.Fact.Key]?.Definition == expected.Fact.Definition) * 2 >= columns.Count;
    }

    private static List<Difference> Differences(string table, long version, CheckedDatabase database, Structure actual)
    {
        var alone = new CheckedDatabase(database.Tenancy, new HashSet<long> { version });
        return [.. StructureDifferences.Between(alone, actual).Where(difference => difference.Fact.Table == table)];
    }

    private static string ShortName(string table) => table["public.".Length..];

    // What the migration adds or replaces is no reason to stop; columns of another kind are.
    private static bool IsStrange(Difference difference) => difference switch
    {
        { Expected: null } => false,
        { Actual: null } => difference.Fact.Kind == FactKind.Column,
        { Expected.Definition: var wanted, Actual.Definition: var there } => wanted != there
            && difference.Fact.Kind is FactKind.Table or FactKind.Owner or FactKind.Column or FactKind.Default or FactKind.Nullability or FactKind.Constraint or FactKind.Index,
    };
}
