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
    /// <summary>Findings for people; none if the structure could not be read.</summary>
    public static IEnumerable<Finding> Of(CheckedDatabase database) =>
        database.Structure is { } structure ? Between(database, structure).Select(difference => difference.Finding) : [];

    /// <summary>The differences, those of what should be there first.</summary>
    public static IEnumerable<Difference> Between(CheckedDatabase database, Structure actual)
    {
        var expected = ExpectedSchema.Of(actual.Server);
        var due = expected.Where(fact => fact.IsDue(database)).ToDictionary(fact => fact.Fact.Key, fact => fact.Fact);

        foreach (var fact in due.Values)
        {
            var parentIsMissing = fact.Parent != fact.Key && due.ContainsKey(fact.Parent) && actual[fact.Parent] is null;
            if (!parentIsMissing && Compare(fact, actual, due.Values, database.Tenancy) is { } finding)
                yield return new(fact, actual[fact.Key], finding);
        }

        foreach (var fact in actual.All.Where(fact => !due.ContainsKey(fact.Key)))
        {
            var parentIsUnexpected = fact.Parent != fact.Key && actual[fact.Parent] is { } parent && !due.ContainsKey(parent.Key);
            if (!parentIsUnexpected)
                yield return new(null, fact, Unexpected(fact, [.. expected.Where(other => other.Fact.Key == fact.Key)], database));
        }
    }

    private static Finding? Compare(Fact expected, Structure structure, IEnumerable<Fact> due, Tenancy tenancy)
    {
        if (structure[expected.Key] is not { } actual)
            return new(Id(expected, "missing"), $"{expected.Subject} is missing ({expected.Definition})", Missing(expected, structure, due, tenancy));
        if (actual.Definition == expected.Definition)
            return actual.State.Length == 0 ? null : new(Id(expected, actual.State), $"{expected.Subject} is {actual.State}", Mend.Revive(actual, tenancy));
        return expected.Kind == FactKind.RowSecurity
            ? new(Id(expected, "differs"), $"{expected.Subject} is {actual.Definition}, which is stricter than the migrations ask", Mend.Keep, Severity.Note)
            : new(Id(expected, "differs"), $"{expected.Subject} is {actual.Definition}, not {expected.Definition}", Mend.Change(actual, expected, tenancy));
    }

    private static string Missing(Fact expected, Structure structure, IEnumerable<Fact> due, Tenancy tenancy) =>
        expected.Kind == FactKind.Constraint && structure[(FactKind.Index, expected.Table, expected.Name)] is { } index
            ? Mend.AddConstraintOver(index, expected)
            : CreateWithParts(expected, due, tenancy);

    private static string CreateWithParts(Fact whole, IEnumerable<Fact> due, Tenancy tenancy) =>
        string.Join(' ', due.Where(part => part == whole || part.Parent == whole.Key || Grandparent(part) == whole.Key).Select(part => Mend.Create(part, tenancy)).Where(sql => sql.Length > 0));

    private static (FactKind, string, string) Grandparent(Fact fact) =>
        fact.Kind is FactKind.Default or FactKind.Nullability ? new Fact(FactKind.Column, fact.Table, fact.Name, "").Parent : fact.Key;

    private static Finding Unexpected(Fact fact, ExpectedFact[] made, CheckedDatabase database)
    {
        var (id, exists) = (Id(fact, "unexpected"), $"{fact.Subject} exists ({fact.Definition})");
        return made switch
        {
            [{ Until: { } until }, ..] when database.IsApplied(until) => new(id, $"{exists}, though {until} removes it", Mend.Drop(fact)),
            [var maker, ..] => new(
                id, $"{exists}, though {maker.Since}, which makes it, is not applied", database.IsNext(maker.Since) ? Mend.GoOn : Mend.Adopt),
            [] => OfOthers(fact, id, $"{exists}, and no shipped migration makes it"),
        };
    }

    // What others add to our tables does not break what we made: it is theirs to keep. What opens a door is not.
    private static Finding OfOthers(Fact fact, string id, string message) => fact switch
    {
        { Kind: FactKind.Grant or FactKind.ColumnGrant } => OfGrant(fact, id, message),
        { Kind: FactKind.SchemaGrant } => new(id, message, Mend.Drop(fact)),
        { Kind: FactKind.Constraint } when Mend.IsNotNull(fact) || IsLeftover(fact) => new(id, message, Mend.Drop(fact)),
        { Table: "public.dsos" } => new(id, message, Mend.Keep, Severity.Warning),
        _ => new(id, message, Mend.Keep, Severity.Note),
    };

    private static Finding OfGrant(Fact fact, string id, string message)
    {
        var isPublic = fact.Name == "PUBLIC" || DataApi.PublicRoles.Contains(fact.Name);
        var unlessMeant = $"Nothing to do, unless {fact.Name} should not have it: {Mend.Drop(fact)}";
        return fact.Origin switch
        {
            { IsDecided: true } => new(id, $"{message}: row level security and a policy hold {fact.Name}", Mend.Keep, Severity.Note),
            { IsByDefault: true } when !isPublic => new(id, $"{message}: the default privileges of this database give it", unlessMeant, Severity.Note),
            _ when fact.Name == "PUBLIC" => new(id, message, Mend.TakeFromPublic(fact)),
            _ when isPublic => new(id, message, Mend.Drop(fact)),
            _ => new(id, message, unlessMeant, Severity.Warning),
        };
    }

    // NotNull leaves it when it is interrupted before its last statement.
    private static bool IsLeftover(Fact constraint) => constraint is { Table: "public.dsos", Definition: "CHECK ((org_id IS NOT NULL))" };

    private static string Id(Fact fact, string what) => $"{CapitalInside().Replace(fact.Kind.ToString(), "-$0").ToLowerInvariant()}-{what.Replace(' ', '-')}";

    [GeneratedRegex("(?<=.)[A-Z]")]
    private static partial Regex CapitalInside();
}
