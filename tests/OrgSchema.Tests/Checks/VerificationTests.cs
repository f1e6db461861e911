using NUnit.Framework;
using OrgSchema.LocalPostgres;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests.Checks;

/// <summary>Verify finds nothing on a clean database, and every change by hand; what it says to do mends it.</summary>
public sealed class VerificationTests
{
    private const long BeforeContract = 20260226001000;

    public static IEnumerable<long> Versions => [0, .. ByHand.Steps.Keys];

    [TestCaseSource(nameof(Versions))]
    public async Task A_clean_database_has_no_findings(long version)
    {
        await using var database = await ByHand.MigratedTo(version);

        Assert.That(await VerifyAsync(database, version), Is.Empty);
    }

    [Test]
    public async Task So_has_one_of_the_newer_grant_regime()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract, GrantRegime.Explicit);

        Assert.That(await VerifyAsync(database, BeforeContract), Is.Empty);
    }

    [TestCase("DROP TABLE public.user_profiles", "table-missing")]
    [TestCase("ALTER TABLE public.user_profiles SET UNLOGGED", "table-differs")]
    [TestCase("ALTER TABLE public.org_members DROP COLUMN joined_at", "column-missing")]
    [TestCase("ALTER TABLE public.organizations ALTER COLUMN name TYPE varchar(40)", "column-differs")]
    [TestCase("""ALTER TABLE public.organizations ALTER COLUMN name TYPE text COLLATE "C" """, "column-differs")]
    [TestCase("ALTER TABLE public.org_members ALTER COLUMN role SET DEFAULT 'admin'", "default-differs")]
    [TestCase("ALTER TABLE public.org_members ALTER COLUMN joined_at DROP DEFAULT", "default-differs")]
    [TestCase("ALTER TABLE public.dsos ALTER COLUMN org_id SET DEFAULT '0a000000-0000-4000-8000-000000000000'", "default-differs")]
    [TestCase("ALTER TABLE public.dsos ALTER COLUMN org_id DROP NOT NULL", "nullability-differs")]
    [TestCase("ALTER TABLE public.user_profiles ALTER COLUMN email DROP NOT NULL", "nullability-differs")]
    [TestCase("ALTER TABLE public.organizations ALTER COLUMN created_at SET NOT NULL", "nullability-differs")]
    [TestCase("ALTER TABLE public.org_members DROP CONSTRAINT org_members_role_check", "constraint-missing")]
    [TestCase("ALTER TABLE public.organizations DROP CONSTRAINT idx_organizations_slug; CREATE UNIQUE INDEX idx_organizations_slug ON public.organizations (slug)", "constraint-missing", "index-unexpected")]
    [TestCase("ALTER TABLE public.dsos ADD CONSTRAINT dsos_org_id_not_null_check CHECK (org_id IS NOT NULL)", "constraint-unexpected")]
    [TestCase("ALTER TABLE public.dsos DROP CONSTRAINT dsos_org_id_fkey, ADD CONSTRAINT dsos_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations (id) ON DELETE SET NULL", "constraint-differs")]
    [TestCase("ALTER TABLE public.dsos DROP CONSTRAINT dsos_org_id_fkey, ADD CONSTRAINT dsos_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.organizations (id) ON DELETE RESTRICT NOT VALID", "constraint-not-valid")]
    [TestCase("ALTER TABLE public.org_members DROP CONSTRAINT org_members_user_id_fkey", "constraint-missing")]
    [TestCase("DROP INDEX public.idx_dsos_org_id", "index-missing")]
    [TestCase("DROP INDEX public.idx_org_members_user_id; CREATE INDEX idx_org_members_user_id ON public.org_members (user_id, org_id)", "index-differs")]
    [TestCase("DROP TRIGGER update_organizations_updated_at ON public.organizations", "trigger-missing")]
    [TestCase("ALTER TABLE public.user_profiles DISABLE TRIGGER update_user_profiles_updated_at", "trigger-disabled")]
    [TestCase("ALTER TABLE public.dsos ENABLE REPLICA TRIGGER fill_dsos_org_id", "trigger-replica-only")]
    [TestCase("GRANT SELECT ON public.organizations TO anon", "grant-unexpected")]
    [TestCase("GRANT SELECT ON public.organizations TO PUBLIC", "grant-unexpected")]
    [TestCase("GRANT INSERT ON public.org_members TO service_role WITH GRANT OPTION", "grant-differs")]
    [TestCase("REVOKE DELETE ON public.org_members FROM service_role", "grant-differs")]
    [TestCase("REVOKE ALL ON public.org_members FROM service_role", "grant-missing")]
    [TestCase("REVOKE UPDATE ON public.org_members FROM postgres", "grant-differs")]
    [TestCase("GRANT SELECT (email), UPDATE (email) ON public.user_profiles TO authenticated, anon", "column-grant-unexpected", "column-grant-unexpected")]
    [TestCase("GRANT USAGE ON SCHEMA orgschema TO anon", "schema-grant-unexpected")]
    [TestCase("ALTER FUNCTION orgschema.fill_dsos_org_id() SECURITY INVOKER", "function-differs")]
    [TestCase("ALTER FUNCTION orgschema.fill_dsos_org_id() RESET search_path", "function-differs")]
    [TestCase("ALTER FUNCTION orgschema.fill_dsos_org_id() SET search_path = public", "function-differs")]
    [TestCase("CREATE VIEW public.team AS SELECT user_id FROM public.org_members", "table-open-to-api")]
    [TestCase("CREATE VIEW public.hidden AS SELECT user_id FROM public.org_members; REVOKE ALL ON public.hidden FROM anon, authenticated; CREATE VIEW public.shown AS SELECT * FROM public.hidden", "table-open-to-api")]
    [TestCase("CREATE MATERIALIZED VIEW public.addresses AS SELECT email FROM public.user_profiles", "table-open-to-api")]
    public async Task A_change_by_hand_is_found_and_the_remedy_mends_it(string change, params string[] expected)
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync(change);

        var findings = await VerifyAsync(database, BeforeContract);

        Assert.That(findings.Select(finding => finding.Id), Is.EquivalentTo(expected));
        var wrong = findings.Where(finding => finding.Severity != Severity.Note);
        foreach (var statement in wrong.OrderByDescending(finding => finding.Id, StringComparer.Ordinal).SelectMany(finding => StatementsOf(finding.Remedy)))
            await database.ExecuteAsync(statement);
        if (change.Contains("DROP TABLE", StringComparison.Ordinal))
            await database.ExecuteAsync(ByHand.Steps[20260226000400]);
        Assert.That(await VerifyAsync(database, BeforeContract), Is.Empty);
    }

    [Test]
    public async Task A_type_that_does_not_know_the_roles_is_found()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync("""
            CREATE TYPE public.member AS ENUM ('admin');
            ALTER TABLE public.org_members DROP CONSTRAINT org_members_role_check, ALTER COLUMN role DROP DEFAULT,
                ALTER COLUMN role TYPE public.member USING 'admin';
            """);

        var findings = await VerifyAsync(database, BeforeContract);

        Assert.That(findings.Select(finding => finding.Id), Does.Contain("column-differs").And.Contain("member-role"));
    }

    [Test]
    public async Task A_policy_that_reads_its_own_table_is_found_wherever_it_is_asked()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync("CREATE POLICY colleagues ON public.user_dso_access FOR SELECT TO authenticated USING (EXISTS (SELECT FROM public.user_dso_access AS mine WHERE mine.user_id = auth.uid()::text))");

        var findings = await VerifyAsync(database, BeforeContract);

        Assert.That(findings.Select(finding => (finding.Id, finding.Severity)), Is.All.EqualTo(("policy-reads-its-table", Severity.Error)));
        Assert.That(findings.Select(finding => finding.Message), Has.All.Contains("fail for authenticated: 42P17, infinite recursion detected in policy for relation \"user_dso_access\""));
        Assert.That(findings.Select(finding => finding.Message), Has.Some.Contains("on public.user_dso_access").And.Some.Contains("on public.dsos")); // whose policies read it
    }

    [Test]
    public async Task A_policy_that_reads_what_the_role_may_not_is_worth_a_warning()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync("CREATE POLICY members ON public.dsos FOR SELECT TO authenticated USING (EXISTS (SELECT FROM public.org_members AS m WHERE m.org_id = dsos.org_id))");

        var findings = await VerifyAsync(database, BeforeContract);

        Assert.That(findings.Select(finding => (finding.Id, finding.Severity)), Is.EqualTo(new[] { ("policy-fails", Severity.Warning) }));
        Assert.That(findings[0].Message, Does.Contain("SELECT").And.Contains("on public.dsos fail for authenticated: 42501, permission denied for table org_members"));
    }

    [Test]
    public async Task A_changed_owner_is_found()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await AsSuperuserAsync(database, "ALTER TABLE public.organizations OWNER TO supabase_auth_admin; ALTER FUNCTION orgschema.fill_dsos_org_id() OWNER TO supabase_auth_admin");

        var findings = await VerifyAsync(database, BeforeContract);

        Assert.That(findings.Select(finding => (finding.Id, finding.Remedy)), Is.SupersetOf(new[]
        {
            ("owner-differs", "ALTER TABLE public.organizations OWNER TO postgres;"),
        }));
        Assert.That(findings.Select(finding => finding.Id), Has.Member("function-differs"));
    }

    [TestCase("CREATE OR REPLACE FUNCTION orgschema.fill_dsos_org_id() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS 'BEGIN RETURN NEW; END'", "function-changed")]
    [TestCase("DROP FUNCTION orgschema.fill_dsos_org_id() CASCADE", "function-missing", "trigger-missing")]
    [TestCase("DROP TABLE orgschema.bridge_use", "function-without-its-table")]
    [TestCase("ALTER TABLE orgschema.bridge_use DROP COLUMN application", "function-without-its-table")]
    public async Task A_bridge_that_does_not_carry_is_found_and_the_remedy_mends_it(string change, params string[] expected)
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync(change);

        var findings = await VerifyAsync(database, BeforeContract);

        Assert.That(findings.Select(finding => finding.Id), Is.EquivalentTo(expected));
        foreach (var finding in findings.OrderBy(finding => finding.Id, StringComparer.Ordinal))
            await database.ExecuteAsync(finding.Remedy);
        Assert.That(await VerifyAsync(database, BeforeContract), Is.Empty);
        await database.ExecuteAsync("INSERT INTO public.dsos (name) VALUES ('Bridged')");
        Assert.That(await database.ScalarAsync<string>("SELECT org_id::text FROM public.dsos WHERE name = 'Bridged'"), Is.EqualTo(ByHand.Org));
    }

    [Test]
    public async Task An_invalid_index_is_found()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await AsSuperuserAsync(database, "UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = 'public.idx_dsos_org_id'::regclass");

        var finding = (await VerifyAsync(database, BeforeContract)).Single();

        Assert.That((finding.Id, finding.Remedy), Is.EqualTo(("index-invalid", "REINDEX INDEX CONCURRENTLY public.idx_dsos_org_id;")));
    }

    [Test]
    public async Task Disabled_triggers_of_a_foreign_key_are_found()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await AsSuperuserAsync(database, "ALTER TABLE public.org_members DISABLE TRIGGER ALL");

        Assert.That((await VerifyAsync(database, BeforeContract)).Select(finding => finding.Id), Is.Not.Empty.And.All.EqualTo("constraint-disabled"));
    }

    [Test]
    public async Task A_step_that_was_interrupted_is_named_as_such()
    {
        await using var database = await ByHand.MigratedTo(20260226000600);
        await database.ExecuteAsync(ByHand.Steps[20260226000700]);

        var finding = (await VerifyAsync(database, 20260226000600)).Single();

        Assert.Multiple(() =>
        {
            Assert.That(finding.Id, Is.EqualTo("index-unexpected"));
            Assert.That(finding.Message, Does.EndWith("though 20260226000700, which makes it, is not applied"));
            Assert.That(finding.Remedy, Does.StartWith("orgschema migrate"));
        });
    }

    [Test]
    public async Task A_column_of_a_version_that_is_not_applied_is_found_once()
    {
        await using var database = await ByHand.MigratedTo(20260226000400);
        await database.ExecuteAsync("ALTER TABLE public.dsos ADD COLUMN org_id uuid NOT NULL DEFAULT gen_random_uuid()");

        Assert.That((await VerifyAsync(database, 20260226000400)).Select(finding => finding.Id), Is.EqualTo(new[] { "column-unexpected" }));
    }

    [Test]
    public async Task The_bridge_must_be_gone_after_contract()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);

        var findings = await VerifyAsync(database, 20260226001100);

        Assert.That(findings.Select(finding => finding.Id), Is.EquivalentTo(new[] { "trigger-unexpected", "function-unexpected" }));
        Assert.That(findings.Select(finding => finding.Message), Is.All.EndsWith("though 20260226001100 removes it"));
    }

    private static async Task<IReadOnlyList<Finding>> VerifyAsync(LiveDatabase database, long version)
    {
        await using var connection = await database.OpenAsync();
        return await Verification.RunAsync(connection, new Tenancy(), ByHand.UpTo(version), CancellationToken.None);
    }

    private static async Task AsSuperuserAsync(LiveDatabase database, string sql)
    {
        await using var connection = new Npgsql.NpgsqlConnection(database.SuperuserConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    // One at a time: CONCURRENTLY does not run in the implicit transaction of several statements.
    private static string[] StatementsOf(string remedy) =>
        remedy.Split(" -- ")[0].Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
