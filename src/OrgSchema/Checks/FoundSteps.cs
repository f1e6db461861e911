using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>How much of a migration's result is there.</summary>
public enum Extent
{
    /// <summary>Nothing.</summary>
    Absent,

    /// <summary>Something, but not as the migration makes it.</summary>
    Different,

    /// <summary>All, as the migration makes it.</summary>
    Present,
}

/// <summary>What is there of a migration that is not recorded.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Extent">How much.</param>
/// <param name="Differences">Where it is not as the migration makes it.</param>
public sealed record FoundStep(long Version, Extent Extent, IReadOnlyList<Finding> Differences);

/// <summary>What is there of migrations that are not recorded: somebody has applied the SQL by hand, or with another tool.</summary>
/// <remarks>Nothing can be told of <see cref="Versions.CloseOrgIdBridge"/>: it removes what may never have been there.</remarks>
public static class FoundSteps
{
    private static readonly long[] Judged =
    [
        Versions.CreateOrganizations, Versions.CreateOrgMembers, Versions.CreateUserProfiles, Versions.CreateDefaultOrganization,
        Versions.BackfillUserProfiles, Versions.AddOrgIdToDsos, Versions.ReferenceOrganizationFromDsos, Versions.IndexDsosOrgId,
        Versions.BackfillDsosOrgId, Versions.RequireDsosOrgId, Versions.RevokeErroneousAccess,
    ];

    // What fills rows, the step that makes the place for them, and the question that tells.
    private static readonly (long Version, long Place, Func<CheckedDatabase, IEnumerable<Question>> Questions)[] Contents =
    [
        (Versions.CreateDefaultOrganization, Versions.CreateOrgMembers, DefaultOrganizationContent.Questions),
        (Versions.BackfillUserProfiles, Versions.CreateUserProfiles, ProfilesContent.Questions),
        (Versions.BackfillDsosOrgId, Versions.AddOrgIdToDsos, DsosContent.Questions),
        (Versions.RevokeErroneousAccess, Versions.RequireDsosOrgId, AccessContent.Questions),
    ];

    /// <summary>Looks at the result of every migration that is not recorded. Changes nothing.</summary>
    /// <param name="connection">An open connection without a transaction.</param>
    /// <param name="tenancy">The configuration that they would run with.</param>
    /// <param name="applied">Versions in the version table.</param>
    /// <param name="cancellationToken">Cancels the questions.</param>
    /// <returns>What was found, oldest migration first.</returns>
    /// <exception cref="PreflightException">The catalog cannot be read by this role.</exception>
    public static async Task<IReadOnlyList<FoundStep>> FindAsync(NpgsqlConnection connection, Tenancy tenancy, IReadOnlySet<long> applied, CancellationToken cancellationToken)
    {
        var whole = new CheckedDatabase(tenancy, Judged.ToHashSet());
        var unanswered = await QuestionBatch.AskAsync(connection, whole, () => [], cancellationToken);
        if (whole.Structure is not { } structure)
            throw new PreflightException(unanswered);
        var steps = Judged.Except(Contents.Select(content => content.Version)).ToDictionary(version => version, version => Of(version, whole, structure));
        foreach (var (version, place, questions) in Contents)
        {
            if (steps[place].Extent == Extent.Absent)
            {
                steps[version] = new(version, Extent.Absent, []);
                continue;
            }

            // A doubt, too: running it once more adds what is missing, and a record of what was not done would hide it.
            List<Finding> findings = whole.Users == AuthUsers.View.Open ? [] : [UsersAreHidden];
            foreach (var question in questions(whole))
                findings.AddRange(await QuestionBatch.AskAsync(connection, question, cancellationToken));
            steps[version] = new(version, findings.Count > 0 ? Extent.Different : Extent.Present, findings);
        }

        return [.. Judged.Where(version => !applied.Contains(version)).Select(version => steps[version])];
    }

    private static Finding UsersAreHidden => new(
        "users-hidden",
        "It is unknown whether it was done for every user: this role does not see the rows of auth.users",
        "Run as a role that bypasses row level security.",
        Severity.Warning);

    /// <summary>What is there of a migration that makes structure.</summary>
    private static FoundStep Of(long version, CheckedDatabase whole, Structure structure)
    {
        var expected = ExpectedSchema.Of(structure.Server);
        var main = expected.First(fact => fact.Since == version).Fact;
        if (structure[main.Key] is not { } there || (main.Kind == FactKind.Nullability && there.Definition != main.Definition))
            return new(version, Extent.Absent, []);
        var findings = StructureDifferences.Between(whole, structure).Where(difference => MakerOf(difference, expected) == version).Select(difference => difference.Finding).ToList();
        return new(version, findings.Any(finding => finding.Severity == Severity.Error) ? Extent.Different : Extent.Present, findings);
    }

    /// <summary>The migration that makes it, or for what no migration makes the table that it is on.</summary>
    private static long MakerOf(Difference difference, IReadOnlyList<ExpectedFact> expected) =>
        (expected.LastOrDefault(fact => fact.Fact.Key == difference.Fact.Key) ?? expected.FirstOrDefault(fact => fact.Fact.Table == difference.Fact.Table))?.Since ?? Versions.AddOrgIdToDsos;
}
