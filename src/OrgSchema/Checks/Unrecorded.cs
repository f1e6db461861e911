using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Objects of migrations that are not recorded as applied: made another way, or their record is lost.</summary>
internal static class Unrecorded
{
    private static readonly long[] TableMakers = [Versions.CreateOrganizations, Versions.CreateOrgMembers, Versions.CreateUserProfiles];

    /// <summary>Names them, with the command that records them.</summary>
    public static async Task<IReadOnlyList<Finding>> FindAsync(
        NpgsqlConnection connection, Tenancy tenancy, IReadOnlySet<long> applied, CancellationToken cancellationToken)
    {
        if (TableMakers.All(applied.Contains))
            return [];
        var database = new CheckedDatabase(tenancy, applied);
        var unanswered = await QuestionBatch.AskAsync(connection, database, () => [], cancellationToken);
        if (database.Structure is not { } actual)
            return unanswered;
        var tables = ExpectedSchema.Of(actual.Server)
            .Where(expected => expected.Fact.Kind == FactKind.Table && !database.IsApplied(expected.Since) && !database.IsNext(expected.Since))
            .Where(expected => FoundTable.IsOurs(expected.Fact.Table, expected.Since, database, actual))
            .Select(expected => expected.Fact.Table)
            .ToList();
        return tables.Count == 0 ? [] :
        [
            new(
                "not-recorded",
                $"{string.Join(", ", tables)}: there already, though the migrations that make them are not recorded as applied",
                Mend.Adopt,
                Severity.Warning),
        ];
    }
}
