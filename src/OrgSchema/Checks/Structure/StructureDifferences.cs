using System.Text.RegularExpressions;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>A fact that is not as it should be.</summary>
/// <param name="Expected">As it should be; null if it should not be there.</param>
/// <param name="Actual">As it is; null if it is missing.</param>
/// <param name="Finding">The same for people, with the SQL that mends it.</param>
internal sealed record Difference(Fact? Expected, Fact? Actual, Finding Finding)
{
    /// <summary>What it is about.</summary>
    public Fact Fact => Expected ?? Actual!;
}

/// <summary>Where the structure differs from what the applied migrations make.</summary>
internal static partial class StructureDifferences
{
    public static async IAsyncEnumerable<Finding> FindAsync(CheckedDatabase database)
    {
        foreach (var difference in Between(database, await database.StructureAsync()))
            yield return difference.Finding;
    }

    /// <summary>The differences, those of what should be there first.</summary>
    public static IEnumerable<Difference> Between(CheckedDatabase database, Structure actual)
    {
        var expected = ExpectedSchema.Of(actual.Server);
        var due = expected.Where(fact => fact.IsDue(database)).ToDictionary(fact => fact.Fact.Key, fact => fact.Fact);

        foreach (var fact in due.Values)
        {
            var parentIsMissing = fact.Parent != fact.Key && due.ContainsKey(fact.Parent) && actual[fact.Parent] is null;
            if (!parentIsMissing && Compare(fact, actual[fact.Key], due.Values, database.Tenancy) is { } finding)
                yield return new(fact, actual[fact.Key], finding);
        }

        foreach (var fact in actual.All.Where(fact => !due.ContainsKey(fact.Key)))
        {
            var parentIsUnexpected = fact.Parent != fact.Key && actual[fact.Parent] is { } parent && !due.ContainsKey(parent.Key);
            if (!parentIsUnexpected)
                yield return new(null, fact, Unexpected(fact, [.. expected.Where(other => other.Fact.Key == fact.Key)], database));
        }
    }

    private static Finding? Compare(Fact expected, Fact? actual, IEnumerable<Fact> due, Tenancy tenancy) =>
        actual is null ? new(Id(expected, "missing"), $"{expected.Subject} is missing ({expected.Definition})", CreateWithParts(expected, due, tenancy))
        : actual.Definition != expected.Definition ? new(Id(expected, "differs"), $"{expected.Subject} is {actual.Definition}, not {expected.Definition}", Mend.Change(actual, expected, tenancy))
        : actual.State.Length > 0 ? new(Id(expected, actual.State), $"{expected.Subject} is {actual.State}", Mend.Revive(actual, tenancy))
        : null;

    private static string CreateWithParts(Fact whole, IEnumerable<Fact> due, Tenancy tenancy) =>
        string.Join(' ', due.Where(part => part == whole || part.Parent == whole.Key || Grandparent(part) == whole.Key).Select(part => Mend.Create(part, tenancy)).Where(sql => sql.Length > 0));

    private static (FactKind, string, string) Grandparent(Fact fact) =>
        fact.Kind is FactKind.Default or FactKind.Nullability ? new Fact(FactKind.Column, fact.Table, fact.Name, "").Parent : fact.Key;

    private static Finding Unexpected(Fact fact, ExpectedFact[] made, CheckedDatabase database)
    {
        var why = made switch
        {
            [{ Until: { } until }, ..] when database.IsApplied(until) => $"though {until} removes it",
            [var first, ..] => $"though {first.Since}, which makes it, is not applied",
            [] => "and no migration makes it",
        };
        var isPending = made is [var maker, ..] && !database.IsApplied(maker.Since);
        return new(
            Id(fact, "unexpected"),
            $"{fact.Subject} is there ({fact.Definition}), {why}",
            isPending ? $"orgschema migrate -- goes on where it was interrupted; or by hand: {Mend.Drop(fact)}" : Mend.Drop(fact),
            made.Length == 0 && IsHarmless(fact) ? Severity.Warning : Severity.Error);
    }

    // What others add to our tables does not break what we made; rights and policies do, and so does what we left on theirs.
    private static bool IsHarmless(Fact fact) =>
        fact.Table != "public.dsos" && fact.Kind is FactKind.Column or FactKind.Constraint or FactKind.Index or FactKind.Trigger;

    private static string Id(Fact fact, string what) => $"{CapitalInside().Replace(fact.Kind.ToString(), "-$0").ToLowerInvariant()}-{what.Replace(' ', '-')}";

    [GeneratedRegex("(?<=.)[A-Z]")]
    private static partial Regex CapitalInside();
}
