using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Objects of migrations that are not recorded as applied: made another way, or their record is lost.</summary>
internal static class Unrecorded
{
    private static readonly long[] TableMakers = [Versions.CreateOrganizations, Versions.CreateOrgMembers, Versions.CreateUserProfiles];

    /// <summary>Names them, with the command that records them.</summary>
    public static Task<IReadOnlyList<Finding>> FindAsync(
        NpgsqlConnection connection, Tenancy tenancy, IReadOnlySet<long> applied, CancellationToken cancellationToken) =>
        TableMakers.All(applied.Contains)
            ? Task.FromResult<IReadOnlyList<Finding>>([])
            : Questions.AskAsync(new CheckedDatabase(connection, tenancy, applied), [FindAsync], cancellationToken);

    private static async IAsyncEnumerable<Finding> FindAsync(CheckedDatabase database)
    {
        var actual = await database.StructureAsync();
        var tables = ExpectedSchema.Of(actual.Server)
            .Where(expected => expected.Fact.Kind == FactKind.Table && !database.IsApplied(expected.Since) && !database.IsNext(expected.Since))
            .Where(expected => FoundTable.IsOurs(expected.Fact.Table, expected.Since, database, actual))
            .Select(expected => expected.Fact.Table)
            .ToList();
        if (tables.Count > 0)
        {
            yield return new(
                "not-recorded",
                $"{string.Join(", ", tables)}: there already, though the migrations that make them are not recorded as applied",
                Mend.Adopt,
                Severity.Warning);
        }
    }
}
