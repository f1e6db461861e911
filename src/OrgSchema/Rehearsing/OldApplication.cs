using OrgSchema.Online;

namespace OrgSchema;

/// <summary>What a rehearsal needs to know about the application as it was before the migrations.</summary>
internal static class OldApplication
{
    /// <summary>The schemas that matter to it.</summary>
    public static readonly string[] Schemas = ["public", "auth"];

    /// <summary>What it does all day.</summary>
    public static IReadOnlyList<ClientKind> Clients { get; } =
    [
        new("read", "service_role", 40, "SELECT id, name, archived FROM public.dsos WHERE id = $1::uuid", Dsos),
        new("update", "service_role", 30, "UPDATE public.dsos SET name = 'Renamed at ' || pg_catalog.clock_timestamp() WHERE id = $1::uuid", Dsos),
        new("insert", "service_role", 10, "INSERT INTO public.dsos (name) VALUES ('New')"),
        new("sign-in", "supabase_auth_admin", 20, "UPDATE auth.users SET last_sign_in_at = pg_catalog.now() WHERE id = $1::uuid", "SELECT id::text FROM auth.users LIMIT 1000"),
    ];

    private const string Dsos = "SELECT id::text FROM public.dsos LIMIT 1000";

    /// <summary>Rows that migrations and probes look for: ids, no personal data.</summary>
    public static IReadOnlyList<PinnedRows> Pinned(Tenancy tenancy)
    {
        var configured = Literal.Of([tenancy.Owner, .. tenancy.Admins, .. tenancy.Members, .. tenancy.RevokeAccess]);
        var organization = $"SELECT id FROM public.organizations WHERE slug = {Literal.Of(tenancy.OrganizationSlug)}";
        return
        [
            new("auth.users", $"SELECT id::text FROM auth.users WHERE id = ANY ({configured})"),
            new("auth.users", $"SELECT id::text FROM auth.users WHERE id IN (SELECT user_id FROM public.org_members WHERE org_id = ({organization}) UNION SELECT created_by FROM public.organizations WHERE id = ({organization}))"),
            new("public.organizations", $"SELECT id::text, slug, created_by::text FROM public.organizations WHERE id = ({organization})"),
            new("public.org_members", $"SELECT org_id::text, user_id::text, role FROM public.org_members WHERE org_id = ({organization})"),
            new("public.dsos", "SELECT 'd5000000-0000-4000-8000-00000000000' || n AS id FROM pg_catalog.generate_series(1, 5) AS n"),
            new("public.user_dso_access", $"SELECT user_id FROM public.user_dso_access WHERE user_id = ANY ({Literal.Of(tenancy.RevokeAccess.Select(user => user.ToString()))})"),
            new("public.user_dso_access", "SELECT '6559957c-2ce6-4cea-aa15-f79fb401a685' AS user_id, 'd5000000-0000-4000-8000-000000000003' AS dso_id, 'manager' AS role"),
            new("public.team_invites", "SELECT 'new@example.com' AS email, 'pending' AS status"),
        ];
    }
}
