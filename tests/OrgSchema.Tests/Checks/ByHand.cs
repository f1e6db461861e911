using OrgSchema.LocalPostgres;
using OrgSchema.Testing;

namespace OrgSchema.Tests.Checks;

/// <summary>What each migration makes, in plain SQL: the checks must agree with it, whoever ran it.</summary>
internal static class ByHand
{
    public const string Org = "0a000000-0000-4000-8000-000000000000";

    public static readonly IReadOnlyDictionary<long, string> Steps = new SortedDictionary<long, string>
    {
        [20260226000000] = """
            CREATE TABLE public.organizations (
                id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                name text NOT NULL,
                slug text NOT NULL CONSTRAINT idx_organizations_slug UNIQUE,
                created_by uuid REFERENCES auth.users (id) ON DELETE SET NULL,
                created_at timestamptz DEFAULT now(),
                updated_at timestamptz DEFAULT now());
            CREATE INDEX idx_organizations_created_by ON public.organizations (created_by);
            CREATE TRIGGER update_organizations_updated_at BEFORE UPDATE ON public.organizations
                FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
            REVOKE ALL ON public.organizations FROM PUBLIC, anon, authenticated;
            GRANT ALL ON public.organizations TO service_role;
            """,
        [20260226000100] = """
            CREATE TABLE public.org_members (
                id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                org_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
                user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
                role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
                joined_at timestamptz DEFAULT now(),
                UNIQUE (org_id, user_id));
            CREATE INDEX idx_org_members_org_id ON public.org_members (org_id);
            CREATE INDEX idx_org_members_user_id ON public.org_members (user_id);
            REVOKE ALL ON public.org_members FROM PUBLIC, anon, authenticated;
            GRANT ALL ON public.org_members TO service_role;
            """,
        [20260226000200] = """
            CREATE TABLE public.user_profiles (
                id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
                email text NOT NULL,
                name text,
                created_at timestamptz DEFAULT now(),
                updated_at timestamptz DEFAULT now());
            CREATE TRIGGER update_user_profiles_updated_at BEFORE UPDATE ON public.user_profiles
                FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column();
            REVOKE ALL ON public.user_profiles FROM PUBLIC, anon, authenticated;
            GRANT ALL ON public.user_profiles TO service_role;
            """,
        [20260226000300] = $"""
            INSERT INTO public.organizations (id, name, slug, created_by)
                VALUES ('{Org}', 'All Solutions Consulting', 'all-solutions-consulting', '8a84898d-0266-4dc1-b97c-744d70d7a4ec');
            INSERT INTO public.org_members (org_id, user_id, role) VALUES
                ('{Org}', '8a84898d-0266-4dc1-b97c-744d70d7a4ec', 'owner'),
                ('{Org}', '6559957c-2ce6-4cea-aa15-f79fb401a685', 'admin');
            """,
        [20260226000400] = """
            INSERT INTO public.user_profiles (id, email) SELECT id, email FROM auth.users WHERE email <> '';
            """,
        [20260226000500] = $"""
            {OrgIdBridge.CreateUse};
            {OrgIdBridge.CreateFunction("all-solutions-consulting")};
            {OrgIdBridge.CloseFunction};
            ALTER TABLE public.dsos ADD COLUMN org_id uuid DEFAULT '{Org}';
            ALTER TABLE public.dsos ALTER COLUMN org_id DROP DEFAULT;
            {OrgIdBridge.CreateTrigger};
            """,
        [20260226000600] = "ALTER TABLE public.dsos ADD CONSTRAINT dsos_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations (id) ON DELETE RESTRICT",
        [20260226000700] = "CREATE INDEX idx_dsos_org_id ON public.dsos (org_id)",
        [20260226000800] = $"UPDATE public.dsos SET org_id = '{Org}' WHERE org_id IS NULL",
        [20260226000900] = "ALTER TABLE public.dsos ALTER COLUMN org_id SET NOT NULL",
        [20260226001000] = "DELETE FROM public.user_dso_access WHERE user_id = 'd0134916-0f52-4556-9fa0-4c66cff3198e'",
        [20260226001100] = """
            DROP TRIGGER fill_dsos_org_id ON public.dsos;
            DROP FUNCTION orgschema.fill_dsos_org_id();
            """,
    };

    /// <summary>The live database with every step up to <paramref name="version"/>, in the private schema's version table too.</summary>
    public static async Task<LiveDatabase> MigratedTo(long version, GrantRegime regime = GrantRegime.Automatic)
    {
        var database = await LiveDatabase.CreateAsync(regime);
        await database.ExecuteAsync(string.Concat(
            Steps.Where(step => step.Key <= version)
                .Select(step => $"{step.Value}; INSERT INTO orgschema.schema_version VALUES ({step.Key}, timezone('UTC', clock_timestamp()));")
                .Prepend("CREATE SCHEMA orgschema; CREATE TABLE orgschema.schema_version (version bigint PRIMARY KEY, applied_on timestamp, description text);")));
        return database;
    }

    /// <summary>The versions up to <paramref name="version"/>.</summary>
    public static IReadOnlySet<long> UpTo(long version) => Steps.Keys.Where(step => step <= version).ToHashSet();
}
