using NUnit.Framework;
using OrgSchema.Online;
using OrgSchema.Testing;

namespace OrgSchema.Tests;

/// <summary>Rows of the application refer to access that the way up revokes.</summary>
public sealed class RowsThatReferToRevokedAccess : GrownTest
{
    private const string Notes = """
        CREATE TABLE access_note (
            id integer PRIMARY KEY, access_id uuid NOT NULL REFERENCES user_dso_access ON DELETE CASCADE, archived_at date);
        INSERT INTO access_note SELECT row_number() OVER (), id FROM user_dso_access;
        """;

    private const string Tags = """
        CREATE TABLE note_tag (note integer REFERENCES access_note ON DELETE CASCADE, tag text, PRIMARY KEY (note, tag));
        INSERT INTO note_tag SELECT id, 'tag ' || n FROM access_note, generate_series(1, 2) AS n;
        """;

    private const string Pairs = """
        CREATE SCHEMA app;
        CREATE TABLE app.visits (id uuid PRIMARY KEY, who text, dso uuid,
            FOREIGN KEY (who, dso) REFERENCES user_dso_access (user_id, dso_id) ON DELETE SET NULL);
        INSERT INTO app.visits SELECT id, user_id, dso_id FROM user_dso_access;
        """;

    protected override bool IsMigrated => false;

    [TestCase(Notes)]
    [TestCase(Notes + Tags)]
    [TestCase(Pairs)]
    public async Task Go_along_and_come_back_on_the_way_down(string sql)
    {
        await Database.ExecuteAsync(sql);
        var before = await Database.FingerprintAsync();
        await Database.MigrateAsync();
        var migrated = await Database.FingerprintAsync();

        await Database.RevertAsync(DownTarget.All);
        (await Database.FingerprintAsync()).AssertSameAs(before);

        await Database.MigrateAsync();
        (await Database.FingerprintAsync()).AssertSameAs(migrated);
    }

    [Test]
    public async Task Are_listed_by_preflight_and_plan()
    {
        await Database.ExecuteAsync(Notes + Pairs);
        await using var migrator = Database.Migrator();

        var warnings = (await migrator.BeforeUpAsync(null, default)).Select(finding => finding.Message).ToList();
        Assert.That(warnings, Has.Some.Contains("5 rows of public.access_note will be deleted"));
        Assert.That(warnings, Has.Some.Contains("5 rows of app.visits will lose their link"));

        var plan = await migrator.DescribeAsync(null, default);
        var along = plan.Removal.Removals.SelectMany(removal => removal.Along);
        var expected = new[] { "public.access_note CASCADE 5", "app.visits SET NULL 5" };
        Assert.That(along.Select(along => $"{along.Table} {along.Action} {along.Rows}"), Is.EquivalentTo(expected));
    }

    [TestCase("id integer PRIMARY KEY, access_id uuid REFERENCES user_dso_access", "NO ACTION")]
    [TestCase("id integer PRIMARY KEY, access_id uuid REFERENCES user_dso_access ON DELETE RESTRICT", "RESTRICT")]
    [TestCase("id integer, access_id uuid REFERENCES user_dso_access ON DELETE CASCADE", "no unique key")]
    public async Task That_may_not_go_refuse_the_first_migration(string columns, string why)
    {
        await Database.ExecuteAsync($"CREATE TABLE access_note ({columns})");
        await Database.ExecuteAsync("INSERT INTO access_note SELECT row_number() OVER (), id FROM user_dso_access");

        await AssertRefusedAsync(() => Database.MigrateAsync(), "5 row", why);

        Assert.That(await Database.ScalarAsync<bool>("SELECT to_regclass('public.organizations') IS NULL"));
    }

    [TestCase("id integer, access_id uuid REFERENCES user_dso_access ON DELETE CASCADE")]
    [TestCase("id integer, access_id uuid REFERENCES user_dso_access ON DELETE SET NULL")]
    [TestCase("id integer, access_id uuid REFERENCES user_dso_access")]
    public async Task That_are_not_concerned_need_no_key(string columns)
    {
        await Database.ExecuteAsync($"CREATE TABLE access_note ({columns})");
        await Database.ExecuteAsync($"INSERT INTO access_note SELECT 1, id FROM user_dso_access WHERE user_id <> '{People.Revoked}'");
        var before = await Database.FingerprintAsync();

        await Database.MigrateAsync();
        await Database.RevertAsync(DownTarget.All);

        (await Database.FingerprintAsync()).AssertSameAs(before);
    }
}
