using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>The default organization exists and has the configured owner, admins and members.</summary>
internal static class DefaultOrganizationContent
{
    // Who may read auth.users knows which of the configured users exist.
    private static string Sql(bool usersAreVisible) => $"""
        -- orgschema verify: default organization and its configured members
        SELECT o.id, EXISTS (SELECT FROM public.org_members w WHERE w.org_id = o.id AND w.role::text = 'owner'),
               u.id, u.role, m.role::text, {(usersAreVisible ? "EXISTS (SELECT FROM auth.users e WHERE e.id = u.id)" : "false")}
        FROM public.organizations o
        CROSS JOIN ROWS FROM (pg_catalog.unnest(@users), pg_catalog.unnest(@roles)) WITH ORDINALITY AS u (id, role, place)
        LEFT JOIN public.org_members m ON m.org_id = o.id AND m.user_id = u.id
        WHERE o.slug = @slug
        ORDER BY u.place
        """;

    public static IEnumerable<Question> Questions(CheckedDatabase database)
    {
        if (!database.IsApplied(Versions.CreateDefaultOrganization) || database.Structure is not { } structure
            || !structure.Has("public.organizations.slug", "public.org_members.org_id", "public.org_members.user_id", "public.org_members.role"))
            yield break;

        var tenancy = database.Tenancy;
        (Guid Id, string Role)[] configured =
        [
            (tenancy.Owner, "owner"),
            .. tenancy.Admins.Select(id => (id, "admin")),
            .. tenancy.Members.Select(id => (id, "member")),
        ];
        yield return Question.Of(
            Sql(database.Users == AuthUsers.View.Open),
            row => new Member(
                row.GetGuid(0), row.GetBoolean(1), row.GetGuid(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4), row.GetBoolean(5)),
            members => Judge(members, database),
            new NpgsqlParameter<Guid[]>("users", [.. configured.Select(user => user.Id)]),
            new NpgsqlParameter<string[]>("roles", [.. configured.Select(user => user.Role)]),
            new NpgsqlParameter<string>("slug", tenancy.OrganizationSlug));
    }

    private static IEnumerable<Finding> Judge(List<Member> members, CheckedDatabase database)
    {
        var tenancy = database.Tenancy;
        if (members is not [{ Organization: var organization, IsOwned: var isOwned }, ..])
        {
            yield return new(
                "default-organization-missing",
                $"There is no organization with the slug '{tenancy.OrganizationSlug}'",
                "Was organization.slug changed in orgschema.json, or the organization renamed? SELECT id, name, slug FROM public.organizations;");
            yield break;
        }

        if (!isOwned)
        {
            yield return new(
                "default-organization-unowned",
                $"Nobody owns the default organization '{tenancy.OrganizationSlug}'",
                Add(organization, tenancy.Owner, "owner"),
                Severity.Warning);
        }

        var wrong = members.FindAll(member => member.Actual != member.Role);
        if (wrong.Count > 0 && database.Users != AuthUsers.View.Open)
        {
            yield return new(
                "users-hidden",
                $"It is unknown whether the configured users {Sample.Of([.. wrong.Select(user => user.Id)])} exist: "
                    + "this role does not see the rows of auth.users",
                "Run as a role that bypasses row level security.",
                Severity.Warning);
        }

        foreach (var (_, _, id, role, actual, _) in wrong.Where(user => user.Exists))
        {
            yield return actual is null
                ? new("member-missing", $"User {id} is not in the default organization; the configuration makes it {role}", Add(organization, id, role))
                : new(
                    "member-role",
                    $"User {id} is {actual} of the default organization; the configuration makes it {role}",
                    $"UPDATE public.org_members SET role = '{role}' WHERE org_id = '{organization}' AND user_id = '{id}';",
                    role == "owner" ? Severity.Error : Severity.Warning);
        }
    }

    private static string Add(Guid organization, Guid user, string role) =>
        $"INSERT INTO public.org_members (org_id, user_id, role) VALUES ('{organization}', '{user}', '{role}') ON CONFLICT (org_id, user_id) DO UPDATE SET role = EXCLUDED.role;";

    /// <summary>Configured user in the default organization, with the role there; null if it has none.</summary>
    private sealed record Member(Guid Organization, bool IsOwned, Guid Id, string Role, string? Actual, bool Exists);
}
