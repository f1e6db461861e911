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

    public static async IAsyncEnumerable<Finding> FindAsync(CheckedDatabase database, MissingUsers missingUsers)
    {
        if (!database.IsPending(Versions.CreateDefaultOrganization, Versions.BackfillUserProfiles))
            yield break;
        var view = await AuthUsers.ViewAsync(database);
        if (view == AuthUsers.View.Hidden)
        {
            yield return new(
                "users-hidden",
                "This role sees no row of auth.users, because row level security applies to it: it is unknown whether the configured users exist, "
                    + "and no member or profile would be created",
                "Run as a role that bypasses row level security, such as postgres on Supabase: ALTER ROLE ... BYPASSRLS;");
        }
        else if (view == AuthUsers.View.Open && !database.IsApplied(Versions.CreateDefaultOrganization))
        {
            var configured = Configured(database.Tenancy);
            var found = (await database.QueryAsync(
                UsersSql,
                row => (Id: row.GetGuid(0), IsDeleted: !row.IsDBNull(1)),
                [new NpgsqlParameter<Guid[]>("users", [.. configured.Select(user => user.Id)])])).ToDictionary(user => user.Id, user => user.IsDeleted);

            var missing = configured.Where(user => !found.ContainsKey(user.Id)).Select(user => $"{user.Role} {user.Id}").ToList();
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

            foreach (var (role, id) in configured.Where(user => found.TryGetValue(user.Id, out var isDeleted) && isDeleted))
            {
                yield return new(
                    "user-deleted",
                    $"The configured {role} {id} is deleted (auth.users.deleted_at is set) and cannot sign in",
                    "Configure another user, or restore this one.",
                    Severity.Warning);
            }

        }
    }

    private static List<(string Role, Guid Id)> Configured(Tenancy tenancy) =>
    [
        ("owner", tenancy.Owner),
        .. tenancy.Admins.Select(id => ("admin", id)),
        .. tenancy.Members.Select(id => ("member", id)),
    ];
}
