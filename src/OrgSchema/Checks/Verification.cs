using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Is the result right, at whatever version the database is? Every failure in one report; nothing is changed.</summary>
public static class Verification
{
    /// <summary>Compares structure, privileges and content with what the applied migrations make, and asks what the data API's roles reach.</summary>
    /// <param name="connection">An open connection without a transaction.</param>
    /// <param name="tenancy">The configuration that the migrations ran with.</param>
    /// <param name="applied">Versions in the version table.</param>
    /// <param name="cancellationToken">Cancels the questions.</param>
    /// <returns>
    /// Errors where the result is not right; warnings where it is, but something was added since, such as a column of
    /// somebody else's or a user without a profile. Empty if there is no difference at all.
    /// </returns>
    public static async Task<IReadOnlyList<Finding>> RunAsync(
        NpgsqlConnection connection,
        Tenancy tenancy,
        IReadOnlySet<long> applied,
        CancellationToken cancellationToken)
    {
        var database = new CheckedDatabase(tenancy, applied);
        var answers = await QuestionBatch.AskAsync(
            connection,
            database,
            () =>
            [
                .. DefaultOrganizationContent.Questions(database),
                .. DsosContent.Questions(database),
                .. ProfilesContent.Questions(database),
                .. AccessContent.Questions(database),
                .. RoleSurfaceChecks.Questions(database),
            ],
            cancellationToken);
        return [.. StructureDifferences.Of(database), .. answers, .. await RoleSurfaceChecks.FindFailingPoliciesAsync(connection, cancellationToken)];
    }
}
