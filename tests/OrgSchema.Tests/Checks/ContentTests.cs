using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests.Checks;

/// <summary>Verify answers the seed's questions about the rows.</summary>
public sealed class ContentTests
{
    private const long BeforeContract = 20260226001000;
    private static readonly Tenancy Shipped = new();

    [Test]
    public async Task A_dso_without_an_organization_is_found()
    {
        await using var database = await ByHand.MigratedTo(20260226000800);
        await database.ExecuteAsync("UPDATE public.dsos SET org_id = NULL WHERE name LIKE 'O%'");

        var finding = (await VerifyAsync(database, 20260226000800)).Single();

        Assert.That(finding.Message, Is.EqualTo("1 DSO without an organization in public.dsos: d5000000-0000-4000-8000-000000000005"));
        await MendsAsync(database, 20260226000800, finding, "dsos-without-organization");
    }

    [Test]
    public async Task A_missing_default_organization_is_found()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync("UPDATE public.organizations SET slug = 'renamed'");

        Assert.That(await IdsAsync(database), Is.EqualTo(new[] { "default-organization-missing" }));
    }

    [Test]
    public async Task A_missing_admin_is_found()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync("DELETE FROM public.org_members WHERE role = 'admin'");

        await MendsAsync(database, BeforeContract, (await VerifyAsync(database)).Single(), "member-missing");
    }

    [Test]
    public async Task An_owner_with_another_role_is_an_error()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync("UPDATE public.org_members SET role = 'member' WHERE role = 'owner'");

        var findings = await VerifyAsync(database);

        Assert.That(findings.Select(finding => (finding.Id, finding.Severity)), Is.EqualTo(new[]
        {
            ("default-organization-unowned", Severity.Warning),
            ("member-role", Severity.Error),
        }));
        await MendsAsync(database, BeforeContract, findings[1], "member-role");
    }

    [Test]
    public async Task An_admin_with_another_role_is_a_warning()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync("UPDATE public.org_members SET role = 'member' WHERE role = 'admin'");

        Assert.That((await VerifyAsync(database)).Single().Severity, Is.EqualTo(Severity.Warning));
    }

    [Test]
    public async Task A_configured_user_that_does_not_exist_is_not_expected_to_be_a_member()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);

        Assert.That(await VerifyAsync(database, BeforeContract, Shipped with { Members = [Guid.NewGuid()] }), Is.Empty);
    }

    [Test]
    public async Task A_member_may_be_missing_or_not_exist_where_users_are_hidden()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync("DELETE FROM public.org_members WHERE role = 'admin'");
        await using var connection = await database.OpenAsync("service_role");

        var findings = await Verification.RunAsync(connection, Shipped, ByHand.UpTo(BeforeContract), CancellationToken.None);

        Assert.That(findings.Where(finding => finding.Id is "users-hidden" or "member-missing").Select(finding => finding.Message), Is.EqualTo(new[]
        {
            $"It is unknown whether the configured users {string.Join(", ", Shipped.Admins)} exist: this role does not see the rows of auth.users",
        }));
    }

    [Test]
    public async Task Access_that_was_not_revoked_is_found()
    {
        await using var database = await ByHand.MigratedTo(20260226000900);

        Assert.That(await VerifyAsync(database, 20260226000900), Is.Empty);
        var finding = (await VerifyAsync(database)).Single();
        Assert.That(finding.Id, Is.EqualTo("access-not-revoked"));
        Assert.That(finding.Remedy, Does.Contain("take the user out of revokeAccess").And.Not.Contain("DELETE"));
    }

    [Test]
    public async Task A_profile_that_is_gone_is_an_error()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync("DELETE FROM public.user_profiles WHERE email LIKE 'alan%'");

        var finding = (await VerifyAsync(database)).Single();

        Assert.That(finding.Severity, Is.EqualTo(Severity.Error));
        await MendsAsync(database, BeforeContract, finding, "profiles-missing");
    }

    [TestCase("INSERT INTO auth.users (id, email, created_at, updated_at) VALUES (gen_random_uuid(), 'new@example.com', now(), now())")]
    [TestCase("UPDATE auth.users SET email = 'late@example.com', updated_at = now() WHERE phone IS NOT NULL")]
    public async Task A_user_that_came_or_changed_since_is_a_warning(string change)
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync(change);

        var finding = (await VerifyAsync(database)).Single();

        Assert.That((finding.Id, finding.Severity), Is.EqualTo(("profiles-behind", Severity.Warning)));
    }

    [Test]
    public async Task A_question_that_may_not_be_asked_is_a_finding_and_the_others_are_answered()
    {
        await using var database = await ByHand.MigratedTo(BeforeContract);
        await database.ExecuteAsync("UPDATE public.dsos SET name = name; ALTER TABLE public.dsos ALTER COLUMN org_id DROP NOT NULL; REVOKE SELECT ON public.user_dso_access FROM postgres, service_role");

        await using var connection = await database.OpenAsync("service_role");
        var ids = (await Verification.RunAsync(connection, Shipped, ByHand.UpTo(BeforeContract), CancellationToken.None)).Select(finding => finding.Id);

        Assert.That(ids, Is.SupersetOf(new[] { "nullability-differs", "not-permitted" }));
    }

    private static async Task MendsAsync(LiveDatabase database, long version, Finding finding, string id)
    {
        Assert.That(finding.Id, Is.EqualTo(id));
        await database.ExecuteAsync(finding.Remedy);
        Assert.That(await VerifyAsync(database, version), Is.Empty);
    }

    private static async Task<IReadOnlyList<Finding>> VerifyAsync(LiveDatabase database, long version = BeforeContract, Tenancy? tenancy = null)
    {
        await using var connection = await database.OpenAsync();
        return await Verification.RunAsync(connection, tenancy ?? Shipped, ByHand.UpTo(version), CancellationToken.None);
    }

    private static async Task<IEnumerable<string>> IdsAsync(LiveDatabase database) =>
        (await VerifyAsync(database)).Select(finding => finding.Id);
}
