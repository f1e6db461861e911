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

    public static IEnumerable<Question> Questions(CheckedDatabase database)
    {
        if (!database.IsApplied(Versions.RevokeErroneousAccess))
            yield break;
        yield return Question.Of(
            Sql,
            row => new(
                "access-not-revoked",
                $"User {row.GetString(0)} has {Amount.Of(row.GetInt64(1), "row")} in public.user_dso_access; the configuration revokes them",
                "If the access was granted since on purpose, take the user out of revokeAccess in orgschema.json; else revoke it in the application."),
            new NpgsqlParameter<string[]>("users", [.. database.Tenancy.RevokeAccess.Select(user => user.ToString("D"))]));
    }
}
