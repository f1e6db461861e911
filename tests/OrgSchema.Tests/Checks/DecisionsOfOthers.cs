using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests.Checks;

/// <summary>What others have put on the tables of the migrations, or decided about them: verify says so, and asks nobody to take it back.</summary>
public sealed class DecisionsOfOthers
{
    private const long BeforeContract = 20260226001000;
    private const string Own = "CREATE POLICY own ON public.org_members";
    private const string SecureMembers = "ALTER TABLE public.org_members ENABLE ROW LEVEL SECURITY";

    [TestCase("ALTER TABLE public.organizations ADD COLUMN color text", "column-unexpected")]
    [TestCase("ALTER TABLE public.organizations ADD CONSTRAINT short CHECK (length(name) < 100)", "constraint-unexpected")]
    [TestCase("CREATE INDEX idx_organizations_name ON public.organizations (name)", "index-unexpected")]
    [TestCase("CREATE TRIGGER other BEFORE DELETE ON public.org_members FOR EACH ROW EXECUTE FUNCTION public.update_updated_at_column()", "trigger-unexpected")]
    [TestCase("CREATE RULE nothing AS ON DELETE TO public.org_members DO INSTEAD NOTHING", "rule-unexpected")]
    [TestCase("ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY", "row-security-differs")]
    [TestCase("ALTER TABLE public.org_members FORCE ROW LEVEL SECURITY", "row-security-differs")]
    [TestCase("""CREATE POLICY "see all" ON public.org_members FOR SELECT TO authenticated USING (true)""", "policy-unexpected")]
    [TestCase("ALTER TABLE public.user_profiles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", "row-security-differs")]
    [TestCase("CREATE INDEX lower_slug ON public.organizations (lower(slug))", "index-unexpected")]
    [TestCase("ALTER TABLE public.user_profiles ADD COLUMN phone text, ADD COLUMN born date", "column-unexpected", "column-unexpected")]
    public async Task Are_notes_and_stay(string change, params string[] expected)
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync(change);

        var findings = await VerifyAsync(database);

        Assert.That(findings.Select(finding => finding.Id), Is.EquivalentTo(expected));
        Assert.That(findings.Select(finding => finding.Severity), Is.All.EqualTo(Severity.Note));
        Assert.That(findings.Select(finding => finding.Remedy), Is.All.EqualTo("Nothing to do: it is kept as it is."));
    }

    [TestCase("GRANT SELECT, UPDATE ON public.org_members TO authenticated; " + Own + " TO authenticated USING (user_id = auth.uid())")]
    [TestCase("GRANT SELECT ON public.org_members TO anon, authenticated; " + Own + " USING (user_id = auth.uid())")]
    [TestCase("GRANT SELECT ON public.org_members TO PUBLIC; " + Own + " USING (user_id = auth.uid())")]
    [TestCase("GRANT SELECT (user_id, role), UPDATE (role) ON public.org_members TO authenticated; " + Own + " TO authenticated USING (true)")]
    [TestCase("CREATE ROLE signed_in_{0}; GRANT signed_in_{0} TO authenticated; "
        + "GRANT SELECT ON public.org_members TO authenticated; " + Own + " TO signed_in_{0} USING (true)")]
    public async Task A_grant_that_row_level_security_and_a_policy_hold_is_accepted(string decision)
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await using var roles = new Roles(database);
        await database.ExecuteAsync($"{SecureMembers}; {roles.Named(decision)}");

        var findings = await VerifyAsync(database);

        Assert.That(findings.Select(finding => finding.Severity), Is.All.EqualTo(Severity.Note), string.Join('\n', findings));
        Assert.That(findings.Select(finding => finding.Id), Has.Some.Contains("grant-unexpected"));
    }

    [TestCase(
        "GRANT SELECT ON public.org_members TO authenticated; " + Own + " TO authenticated USING (true)",
        "grant-unexpected",
        TestName = "without row level security")]
    [TestCase(
        SecureMembers + "; GRANT SELECT ON public.org_members TO authenticated",
        "grant-unexpected",
        TestName = "without a policy")]
    [TestCase(
        SecureMembers + "; GRANT SELECT ON public.org_members TO anon; " + Own + " TO authenticated USING (true)",
        "grant-unexpected",
        TestName = "with a policy for another role")]
    [TestCase(
        SecureMembers + "; GRANT SELECT (role) ON public.org_members TO anon; " + Own + " TO authenticated USING (true)",
        "column-grant-unexpected",
        TestName = "of columns with a policy for another role")]
    [TestCase(
        SecureMembers + "; GRANT SELECT ON public.org_members TO PUBLIC; " + Own + " TO authenticated USING (true)",
        "grant-unexpected",
        TestName = "to all with a policy for one")]
    [TestCase(
        SecureMembers + "; GRANT SELECT ON public.organizations TO authenticated; " + Own + " TO authenticated USING (true)",
        "grant-unexpected",
        TestName = "on another table than the policy")]
    public async Task A_grant_is_an_error(string change, string expected)
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync(change);

        var error = (await VerifyAsync(database)).Single(finding => finding.Severity == Severity.Error);

        Assert.That(error.Id, Is.EqualTo(expected));
        await database.ExecuteAsync(error.Remedy);
        Assert.That((await VerifyAsync(database)).Select(finding => finding.Severity), Has.None.EqualTo(Severity.Error));
    }

    [Test]
    public async Task The_remedy_for_a_grant_to_all_leaves_it_to_the_role_that_a_policy_names()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync($"{SecureMembers}; GRANT SELECT ON public.org_members TO PUBLIC; {Own} TO authenticated USING (user_id = auth.uid())");

        await database.ExecuteAsync((await VerifyAsync(database)).Single(finding => finding.Severity == Severity.Error).Remedy);

        Assert.That(await database.ScalarAsync<bool>("SELECT has_table_privilege('authenticated', 'public.org_members', 'SELECT')"));
        Assert.That(await database.ScalarAsync<bool>("SELECT has_table_privilege('anon', 'public.org_members', 'SELECT')"), Is.False);
    }

    [TestCase("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reporting_{0}")]
    [TestCase("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, REFERENCES ON TABLES TO reporting_{0}")]
    [TestCase("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reporting_{0}; "
        + "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT ON TABLES TO reporting_{0}")]
    public async Task What_default_privileges_give_to_another_role_is_a_note(string defaults)
    {
        await using var database = await LiveDatabase.CreateAsync();
        await using var roles = new Roles(database);
        await database.ExecuteAsync(roles.Named("CREATE ROLE reporting_{0}; " + defaults));
        await database.MigrateAsync();

        var findings = await VerifyAsync(database);

        Assert.That(findings.Select(finding => (finding.Id, finding.Severity)), Is.EqualTo(Enumerable.Repeat(("grant-unexpected", Severity.Note), 3)));
        Assert.That(findings[0].Message, Does.EndWith("the default privileges of this database give it"));
    }

    [Test]
    public async Task What_somebody_has_granted_to_another_role_is_a_warning()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await using var roles = new Roles(database);
        await database.ExecuteAsync(roles.Named("CREATE ROLE reporting_{0}; GRANT SELECT ON public.user_profiles TO reporting_{0}"));

        Assert.That((await VerifyAsync(database)).Select(finding => finding.Severity), Is.EqualTo(new[] { Severity.Warning }));
    }

    private static async Task<IReadOnlyList<Finding>> VerifyAsync(LiveDatabase database)
    {
        await using var connection = await database.OpenAsync();
        return await Verification.RunAsync(connection, new Tenancy(), ByHand.UpTo(BeforeContract), CancellationToken.None);
    }

    // Roles are the server's, and tests share it.
    private sealed class Roles(LiveDatabase database) : IAsyncDisposable
    {
        private readonly string _suffix = Guid.NewGuid().ToString("N")[..8];

        public string Named(string sql) => sql.Replace("{0}", _suffix, StringComparison.Ordinal);

        public async ValueTask DisposeAsync()
        {
            foreach (var role in await database.ColumnAsync<string>($"SELECT rolname::text FROM pg_roles WHERE rolname LIKE '%\\_{_suffix}'"))
                await database.ExecuteAsSuperuserAsync($"DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
        }
    }
}
