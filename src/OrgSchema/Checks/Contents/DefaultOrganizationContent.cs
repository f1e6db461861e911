using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>The default organization exists and has the configured owner, admins and members.</summary>
internal static class DefaultOrganizationContent
{
    private const string OrganizationSql = """
        -- orgschema verify: default organization
        SELECT o.id, EXISTS (SELECT FROM public.org_members m WHERE m.org_id = o.id AND m.role::text = 'owner')
        FROM public.organizations o
        WHERE o.slug = @slug
        """;

    private const string MembersSql = """
        -- orgschema verify: members of the default organization
        SELECT u.id, u.role, m.role::text
        FROM ROWS FROM (pg_catalog.unnest(@users), pg_catalog.unnest(@roles)) AS u (id, role)
        LEFT JOIN public.org_members m ON m.org_id = (SELECT o.id FROM public.organizations o WHERE o.slug = @slug) AND m.user_id = u.id
        WHERE m.role::text IS DISTINCT FROM u.role
        """;

    private const string ExistingSql = """
        -- orgschema verify: configured users that exist
        SELECT u.id FROM auth.users u WHERE u.id = ANY (@users)
        """;

    public static async IAsyncEnumerable<Finding> FindAsync(CheckedDatabase database)
    {
        if (!database.IsApplied(Versions.CreateDefaultOrganization)
            || !(await database.StructureAsync()).Has("public.organizations.slug", "public.org_members.org_id", "public.org_members.user_id", "public.org_members.role"))
            yield break;

        var tenancy = database.Tenancy;
        var asked = database.QueryAsync(
            OrganizationSql, row => (Id: row.GetGuid(0), HasOwner: row.GetBoolean(1)), [new NpgsqlParameter<string>("slug", tenancy.OrganizationSlug)]);
        var members = ReadWrongMembersAsync(database);
        if (await asked is not [var organization])
        {
            yield return new("default-organization-missing", $"There is no organization with the slug '{tenancy.OrganizationSlug}'", "Was organization.slug changed in orgschema.json, or the organization renamed? SELECT id, name, slug FROM public.organizations;");
            yield break;
        }

        if (!organization.HasOwner)
            yield return new("default-organization-unowned", $"Nobody owns the default organization '{tenancy.OrganizationSlug}'", Add(organization.Id, tenancy.Owner, "owner"), Severity.Warning);

        var wrong = await members;
        if (wrong.Count == 0)
            yield break;
        if (await AuthUsers.ViewAsync(database) is not AuthUsers.View.Open)
        {
            yield return new("users-hidden", $"It is unknown whether the configured users {Sample.Of([.. wrong.Select(user => user.Id)])} exist: this role does not see the rows of auth.users", "Run as a role that bypasses row level security.", Severity.Warning);
            yield break;
        }

        var existing = await database.QueryAsync(ExistingSql, row => row.GetGuid(0), [Users(wrong.Select(user => user.Id))]);
        foreach (var (id, role, actual) in wrong.Where(user => existing.Contains(user.Id)))
        {
            if (actual is null)
                yield return new("member-missing", $"User {id} is not in the default organization; the configuration makes it {role}", Add(organization.Id, id, role));
            else
                yield return new("member-role", $"User {id} is {actual} of the default organization; the configuration makes it {role}", $"UPDATE public.org_members SET role = '{role}' WHERE org_id = '{organization.Id}' AND user_id = '{id}';", role == "owner" ? Severity.Error : Severity.Warning);
        }
    }

    private static Task<List<(Guid Id, string Role, string? Actual)>> ReadWrongMembersAsync(CheckedDatabase database)
    {
        var tenancy = database.Tenancy;
        (Guid Id, string Role)[] configured =
        [
            (tenancy.Owner, "owner"),
            .. tenancy.Admins.Select(id => (id, "admin")),
            .. tenancy.Members.Select(id => (id, "member")),
        ];
        return database.QueryAsync(
            MembersSql,
            row => (row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2)),
            [
                Users(configured.Select(user => user.Id)),
                new NpgsqlParameter<string[]>("roles", [.. configured.Select(user => user.Role)]),
                new NpgsqlParameter<string>("slug", tenancy.OrganizationSlug),
            ]);
    }

    private static NpgsqlParameter<Guid[]> Users(IEnumerable<Guid> users) => new("users", [.. users]);

    private static string Add(Guid organization, Guid user, string role) =>
        $"INSERT INTO public.org_members (org_id, user_id, role) VALUES ('{organization}', '{user}', '{role}') ON CONFLICT (org_id, user_id) DO UPDATE SET role = EXCLUDED.role;";
}
