using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Can this run succeed here? Every obstacle in one report; nothing is changed.</summary>
public static class Preflight
{
    /// <summary>Asks everything that the pending migrations depend on.</summary>
    /// <param name="connection">An open connection without a transaction, as the role that will migrate.</param>
    /// <param name="tenancy">The configuration.</param>
    /// <param name="applied">Versions in the version table: what they made is not in the way.</param>
    /// <param name="missingUsers">Whether configured users that do not exist are errors or warnings.</param>
    /// <param name="cancellationToken">Cancels the questions.</param>
    /// <returns>Errors and warnings; empty if nothing is in the way.</returns>
    public static Task<IReadOnlyList<Finding>> RunAsync(
        NpgsqlConnection connection,
        Tenancy tenancy,
        IReadOnlySet<long> applied,
        MissingUsers missingUsers,
        CancellationToken cancellationToken)
    {
        var database = new CheckedDatabase(tenancy, applied);
        return QuestionBatch.AskAsync(
            connection,
            database,
            () =>
            [
                .. ServerObstacles.Questions,
                .. RoleObstacles.Questions,
                .. BaselineObstacles.Questions,
                .. UserObstacles.Questions(database, missingUsers),
                .. SlugObstacles.Questions(database),
                .. NameObstacles.Questions(database),
                .. OrgIdObstacles.Questions(database),
                .. DiskObstacles.Questions(database),
                .. TrafficObstacles.Questions(database),
                .. LeftoverObstacles.Questions(database),
            ],
            cancellationToken);
    }
}
