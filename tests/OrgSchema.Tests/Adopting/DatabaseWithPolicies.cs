using Npgsql;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Somebody has run the single file, then row level security, policies and grants for signed-in users. They go on working.</summary>
public sealed class DatabaseWithPolicies
{
    private const string Secure = """
        ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;
        ALTER TABLE public.org_members ENABLE ROW LEVEL SECURITY;
        ALTER TABLE public.user_profiles ENABLE ROW LEVEL SECURITY;
        REVOKE ALL ON public.organizations, public.org_members, public.user_profiles FROM PUBLIC, anon, authenticated;

        """;

    private const string Named = """
        CREATE POLICY own_membership ON public.org_members FOR SELECT TO authenticated USING (user_id = auth.uid());
        CREATE POLICY own_organization ON public.organizations FOR SELECT TO authenticated
            USING (EXISTS (SELECT FROM public.org_members AS m WHERE m.org_id = organizations.id AND m.user_id = auth.uid()));
        CREATE POLICY own_profile ON public.user_profiles TO authenticated USING (id = auth.uid()) WITH CHECK (id = auth.uid());

        """;

    private const string ForAll = """
        CREATE POLICY own_membership ON public.org_members USING (user_id = auth.uid());
        CREATE POLICY own_organization ON public.organizations
            USING (EXISTS (SELECT FROM public.org_members AS m WHERE m.org_id = organizations.id AND m.user_id = auth.uid()));
        CREATE POLICY own_profile ON public.user_profiles USING (id = auth.uid());

        """;

    private const string Grants = """
        GRANT SELECT ON public.organizations, public.org_members TO authenticated;
        GRANT SELECT, INSERT, UPDATE ON public.user_profiles TO authenticated;
        """;

    private const string ColumnGrants = """
        GRANT SELECT (id, name, slug) ON public.organizations TO authenticated;
        GRANT SELECT (org_id, user_id, role) ON public.org_members TO authenticated;
        GRANT SELECT (id, email, name), UPDATE (name) ON public.user_profiles TO authenticated;
        """;

    private const string ToAll = """
        GRANT SELECT ON public.organizations, public.org_members TO PUBLIC;
        GRANT SELECT, UPDATE ON public.user_profiles TO PUBLIC;
        """;

    private static readonly string[] Reads =
    [
        "SELECT name FROM organizations",
        "SELECT user_id || ' ' || role FROM org_members",
        "SELECT email FROM user_profiles",
        "UPDATE user_profiles SET name = 'Other' RETURNING email",
    ];

    private static readonly (string Name, string Sql)[] Decisions =
    [
        ("named", Named + Grants),
        ("for all", ForAll + Grants),
        ("columns", Named + ColumnGrants),
        ("to all, named", Named + ToAll),
        ("to all, for all", ForAll + ToAll),
    ];

    private static IEnumerable<TestCaseData> Ways() =>
        from adopt in new[] { true, false }
        from decision in Decisions
        select new TestCaseData(adopt, Secure + decision.Sql).SetArgDisplayNames(adopt ? "baseline, then migrate" : "migrate", decision.Name);

    [TestCaseSource(nameof(Ways))]
    public async Task Works_for_signed_in_users_as_before(bool adopt, string decision)
    {
        await using var database = await LiveDatabase.CreateAsync();
        foreach (var statement in SeedFile.Statements)
            await database.ExecuteAsync(statement);
        await database.ExecuteAsync(decision);
        var before = await SeenAsync(database);
        Assert.That(before, Has.All.Not.Empty);

        if (adopt)
            await database.AdoptAsync();
        await database.MigrateAsync(preflight: MissingUsers.Refuse);

        Assert.That(await SeenAsync(database), Is.EqualTo(before));
        await using var migrator = database.Migrator();
        var findings = await migrator.AskAsync((connection, applied, token) => Verification.RunAsync(connection, new Tenancy(), applied, token), default);
        Assert.That(findings.Select(finding => finding.Severity), Is.All.EqualTo(Severity.Note), string.Join('\n', findings));
    }

    [TestCase("", TestName = "Without_row_level_security_it_is_closed")]
    [TestCase(Secure, TestName = "With_row_level_security_and_no_policy_it_is_closed")]
    [TestCase(Named, TestName = "With_policies_and_no_row_level_security_it_is_closed")]
    public async Task Without_a_decision(string half)
    {
        await using var database = await LiveDatabase.CreateAsync();
        foreach (var statement in SeedFile.Statements)
            await database.ExecuteAsync(statement);
        await database.ExecuteAsync(half + Grants);

        await database.MigrateAsync();

        Assert.That(
            () => AskAsync(database, Reads[0]),
            Throws.TypeOf<PostgresException>().With.Property("SqlState").EqualTo(PostgresErrorCodes.InsufficientPrivilege));
    }

    [Test]
    public async Task Stays_closed_to_a_role_that_no_policy_names()
    {
        await using var database = await LiveDatabase.CreateAsync();
        foreach (var statement in SeedFile.Statements)
            await database.ExecuteAsync(statement);
        await database.ExecuteAsync(Secure + Named + "GRANT SELECT ON public.organizations, public.org_members, public.user_profiles TO anon, PUBLIC");

        await database.MigrateAsync();

        Assert.That(
            await database.ColumnAsync<string>("""
                SELECT t FROM unnest(ARRAY['organizations', 'org_members', 'user_profiles']) AS t
                WHERE has_any_column_privilege('anon', 'public.' || t, 'SELECT')
                """),
            Is.Empty);
    }

    private static async Task<List<string>> SeenAsync(LiveDatabase database)
    {
        List<string> seen = [];
        foreach (var sql in Reads)
            seen.Add(await AskAsync(database, sql));
        return seen;
    }

    private static async Task<string> AskAsync(LiveDatabase database, string sql)
    {
        await using var connection = await database.OpenAsync("authenticated");
        await connection.ExecuteAsync($$"""SET request.jwt.claims = '{"sub": "{{People.Admin}}", "role": "authenticated"}'; BEGIN""");
        return string.Join(", ", await connection.ColumnAsync<string>(sql));
    }
}
