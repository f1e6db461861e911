using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>The users whose access was erroneous have none.</summary>
internal static class AccessContent
{
    private const string Sql = """
        -- orgschema verify: revoked access
        SELECT a.user_id, count(*)
        FROM public.user_dso_access a
        WHERE a.user_id = ANY (@users)
        GROUP BY a.user_id
        ORDER BY a.user_id
        """;

    public static async IAsyncEnumerable<Finding> FindAsync(CheckedDatabase database)
    {
        if (!database.IsApplied(Versions.RevokeErroneousAccess))
            yield break;
        foreach (var (user, rows) in await database.QueryAsync(
            Sql,
            row => (row.GetString(0), row.GetInt64(1)),
            [new NpgsqlParameter<string[]>("users", [.. database.Tenancy.RevokeAccess.Select(user => user.ToString("D"))])]))
        {
            yield return new(
                "access-not-revoked",
                $"User {user} has {Amount.Of(rows, "row")} in public.user_dso_access; the configuration revokes them",
                "If the access was granted since on purpose, take the user out of revokeAccess in orgschema.json; else revoke it in the application.");
        }
    }
}
