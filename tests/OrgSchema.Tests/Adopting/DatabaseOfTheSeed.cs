using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Somebody has run the single file by hand, all of it or until something stopped it.</summary>
public sealed class DatabaseOfTheSeed
{
    private static readonly FingerprintScope Catalog = FingerprintScope.Default with { Data = false };

    private static IEnumerable<TestCaseData> Stops => Enumerable.Range(1, SeedFile.Statements.Count)
        .Select(count => new TestCaseData(count).SetArgDisplayNames($"{count}: {SeedFile.Statements[count - 1].Split('\n')[0].Trim()}"));

    private static Fingerprint _baseline = null!;
    private static Fingerprint _migrated = null!;

    [OneTimeSetUp]
    public static async Task Migrate()
    {
        await using var fresh = await LiveDatabase.CreateAsync();
        _baseline = await CatalogOf(fresh);
        await fresh.MigrateAsync();
        _migrated = await CatalogOf(fresh);
    }

    [TestCaseSource(nameof(Stops))]
    public async Task Is_brought_to_where_the_migrations_lead_and_back(int count)
    {
        await using var database = await LiveDatabase.CreateAsync();
        foreach (var statement in SeedFile.Statements.Take(count))
            await database.ExecuteAsync(statement);
        var access = await database.ScalarAsync<long>("SELECT count(*) FROM user_dso_access");

        await database.AdoptAsync();
        await database.MigrateAsync(preflight: MissingUsers.Refuse);

        (await CatalogOf(database)).AssertSameAs(_migrated);
        Assert.That((await VerifyAsync(database)).Select(finding => finding.ToString()), Is.Empty);
        Assert.That(await database.ScalarAsync<long>("SELECT count(*) FROM dsos WHERE org_id = (SELECT id FROM organizations WHERE slug = 'all-solutions-consulting')"), Is.EqualTo(5));
        await database.RevertAsync(DownTarget.All);
        (await CatalogOf(database)).AssertSameAs(_baseline);
        Assert.That(await database.ScalarAsync<long>("SELECT count(*) FROM user_dso_access"), Is.EqualTo(access));
    }

    [Test]
    public async Task Is_told_what_is_right_and_what_differs()
    {
        await using var database = await LiveDatabase.CreateAsync();
        foreach (var statement in SeedFile.Statements)
            await database.ExecuteAsync(statement);

        var found = await database.FindStepsAsync();

        Assert.That(found.Where(step => step.Extent == Extent.Present).Select(step => step.Version), Is.EqualTo(new[]
        {
            20260226000300, 20260226000700, 20260226000800, 20260226000900,
        }));
        Assert.That(found.Single(step => step.Version == 20260226000600).Differences.Single().Message, Does.Contain("ON DELETE SET NULL, not ").And.EndsWith("ON DELETE RESTRICT"));
        Assert.That(found.Single(step => step.Version == 20260226000500).Differences.Select(finding => finding.Id), Has.Member("trigger-missing").And.Member("function-missing"));
        Assert.That(
            found.Single(step => step.Version == 20260226000000).Differences.Select(finding => finding.Message),
            Has.Some.StartsWith("Grant to anon on public.organizations exists").And.Some.StartsWith("Constraint idx_organizations_slug of public.organizations is missing"));
        Assert.That(found.Single(step => step.Version == 20260226000400).Differences.Select(finding => finding.Id), Is.EqualTo(new[] { "profiles-behind" }));
        Assert.That(found.Single(step => step.Version == 20260226001000).Differences.Select(finding => finding.Id), Is.EqualTo(new[] { "access-not-revoked" }));
    }

    [Test]
    public async Task Keeps_what_users_have_made_of_it()
    {
        await using var database = await LiveDatabase.CreateAsync();
        foreach (var statement in SeedFile.Statements)
            await database.ExecuteAsync(statement);
        await database.ExecuteAsync($"""
            INSERT INTO organizations (id, name, slug, created_by) VALUES ('0b000000-0000-4000-8000-000000000000', 'Other', 'other', '{People.Admin}');
            INSERT INTO org_members (org_id, user_id, role) VALUES ('0b000000-0000-4000-8000-000000000000', '{People.Odd}', 'member');
            UPDATE dsos SET org_id = '0b000000-0000-4000-8000-000000000000' WHERE id = 'd5000000-0000-4000-8000-000000000001';
            """);
        const string Rows = "SELECT o::text FROM organizations o UNION ALL SELECT m::text FROM org_members m UNION ALL SELECT concat_ws(' ', id, org_id, updated_at) FROM dsos ORDER BY 1";
        var before = await database.ColumnAsync<string>(Rows);

        await database.AdoptAsync();
        await database.MigrateAsync(preflight: MissingUsers.Refuse);
        Assert.That(await database.ColumnAsync<string>(Rows), Is.EqualTo(before));
        await database.RevertAsync(DownTarget.All);
        await database.MigrateAsync();

        Assert.That(await database.ColumnAsync<string>(Rows), Is.EqualTo(before));
    }

    private static async Task<Fingerprint> CatalogOf(LiveDatabase database)
    {
        await using var connection = new Npgsql.NpgsqlConnection(database.SuperuserConnectionString);
        await connection.OpenAsync();
        return await Fingerprint.ReadAsync(connection, Catalog);
    }

    private static async Task<IReadOnlyList<Finding>> VerifyAsync(LiveDatabase database)
    {
        await using var migrator = database.Migrator();
        return await migrator.AskAsync((connection, applied, token) => Verification.RunAsync(connection, new Tenancy(), applied, token), default);
    }
}
