using Npgsql;
using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests.Checks;

/// <summary>Memberships of roles are the whole server's matter, and must not be the other tests'.</summary>
public sealed class VerificationOnAnotherServer
{
    [Test]
    public async Task A_public_role_that_inherits_what_it_may_not_have_is_found_and_the_remedy_mends_it()
    {
        await using var server = await ScratchServer.StartAsync();
        await using var database = await LiveDatabase.CreateAsync(server);
        await database.MigrateAsync();
        Assert.That(await VerifyAsync(database), Is.Empty);

        await database.ExecuteAsSuperuserAsync("ALTER ROLE authenticated INHERIT; GRANT service_role TO authenticated; REVOKE anon FROM postgres");
        var findings = await VerifyAsync(database);
        Assert.That(findings.Select(finding => (finding.Id, finding.Severity)), Is.EqualTo(new[]
        {
            ("table-open-to-api", Severity.Error), ("table-open-to-api", Severity.Error), ("table-open-to-api", Severity.Error), ("policies-untried", Severity.Warning),
        }));
        Assert.That(findings[0].Message, Is.EqualTo("public.org_members is reachable for authenticated, as a member of service_role"));

        await database.ExecuteAsSuperuserAsync($"{findings[0].Remedy} {findings[3].Remedy.Replace("CURRENT_USER", "postgres", StringComparison.Ordinal)}");
        Assert.That(await VerifyAsync(database), Is.Empty);
    }

    private static async Task<IReadOnlyList<Finding>> VerifyAsync(LiveDatabase database)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        return await Verification.RunAsync(connection, new Tenancy(), ByHand.UpTo(20260226001000), CancellationToken.None);
    }
}
