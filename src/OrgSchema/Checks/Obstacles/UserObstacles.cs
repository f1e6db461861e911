using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Configured users that do not exist, told apart from users that this role may not see.</summary>
internal static class UserObstacles
{
    private const string UsersSql = """
        -- orgschema preflight: configured users
        SELECT u.id, pg_catalog.to_jsonb(u) ->> 'deleted_at'
        FROM auth.users u
        WHERE u.id = ANY (@users)
        """;

    public static IEnumerable<Question> Questions(CheckedDatabase database, MissingUsers missingUsers)
    {
        if (!database.IsPending(Versions.CreateDefaultOrganization, Versions.BackfillUserProfiles))
            yield break;
        yield return Question.Of(AuthUsers.Sql, row => row.GetBoolean(0), rows => AuthUsers.Of(rows) == AuthUsers.View.Hidden ? [Hidden] : []);
        if (database.Users != AuthUsers.View.Open || database.IsApplied(Versions.CreateDefaultOrganization))
            yield break;
        var configured = Configured(database.Tenancy);
        yield return Question.Of(
            UsersSql,
            row => (row.GetGuid(0), !row.IsDBNull(1)),
            found => Judge(configured, found, missingUsers),
            new NpgsqlParameter<Guid[]>("users", [.. configured.Select(user => user.Id)]));
    }

    private static Finding Hidden => new(
        "users-hidden",
        "This role sees no row of auth.users, because row level security applies to it: it is unknown whether the configured users exist, "
            + "and no member or profile would be created",
        "Run as a role that bypasses row level security, such as postgres on Supabase: ALTER ROLE ... BYPASSRLS;");

    private static IEnumerable<Finding> Judge(List<(string Role, Guid Id)> configured, List<(Guid Id, bool IsDeleted)> found, MissingUsers missingUsers)
    {
        var missing = configured.Where(user => !found.Exists(other => other.Id == user.Id)).Select(user => $"{user.Role} {user.Id}").ToList();
        if (missing.Count > 0)
        {
            yield return missingUsers == MissingUsers.Refuse
                ? new(
                    "users-missing",
                    $"auth.users has no {string.Join(", no ", missing)}",
                    "Correct the ids in orgschema.json, or continue without these users: --missing-users skip")
                : new(
                    "users-missing",
                    $"auth.users has no {string.Join(", no ", missing)}: the organization is created without them",
                    "Add them to public.org_members once they exist.",
                    Severity.Warning);
        }

        foreach (var (role, id) in configured.Where(user => found.Contains((user.Id, true))))
        {
            yield return new(
                "user-deleted",
                $"The configured {role} {id} is deleted (auth.users.deleted_at is set) and cannot sign in",
                "Configure another user, or restore this one.",
                Severity.Warning);
        }
    }

    private static List<(string Role, Guid Id)> Configured(Tenancy tenancy) =>
    [
        ("owner", tenancy.Owner),
        .. tenancy.Admins.Select(id => ("admin", id)),
        .. tenancy.Members.Select(id => ("member", id)),
    ];
}
